using System.Text;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Attestation.MeasuredBoot.Reference;

/// <summary>The engine <c>uki</c>: the rules of <c>example</c> for firmware and keys, and known chains of boot loaders and a unified kernel image (UKI). Every event must
/// satisfy the rule of its PCR and type; what has no rule is refused. Evaluates one log and is then spent.</summary>
/// <remarks>
/// A UKI is one PE file of systemd-stub, kernel, initrd and command line, so its digest in PCR 4 vouches for all of them. PCR 11, where the stub measures the same parts
/// again, adds nothing; it is also extended by user space after the boot, so it cannot be compared with a boot log. What a UKI does not hold comes through PCR 12
/// (command lines) and 13 (system extensions), and is refused but for command lines that the reference state allows.
/// systemd, src/boot/measure.c; Linux, drivers/firmware/efi/libstub (PCR 9); UAPI group, Unified Kernel Image.
/// </remarks>
internal sealed class UkiPolicy(ReferenceState reference, BootLog log, TpmAlgorithm bank, ExpressionBudget budget)
{
    /// <summary>PE sections that the stub measures, in the specification's spelling.</summary>
    private static readonly string[] Sections =
    [
        ".linux", ".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".dtb", ".dtbauto", ".efifw", ".hwids", ".uname", ".sbat", ".pcrpkey", ".profile",
    ];

    private readonly FirmwareRules _firmware = new(reference, bank);
    private readonly List<BootEvent> _applications = [];
    private readonly List<BootEvent> _commandLines = [];

    public BootFinding? Appraise() => _firmware.Appraise(log, AppraiseEvent, AppraiseBootChain);

    private BootFinding? AppraiseEvent(BootEvent boot) => (boot.Pcr, boot.Type) switch
    {
        (4, BootEventType.EfiBootServicesApplication) => FirmwareRules.Keep(boot, _applications),
        // systemd-boot's configuration: what it starts is measured, so it matters no more than the choice of an operator at the screen.
        (5, BootEventType.EventTag) => _firmware.Once(boot, "EV_EVENT_TAG in PCR 5"),
        // The kernel measures what the stub gave it: the UKI's own initrd and command line, and what PCRs 12 and 13 tell of.
        (9, BootEventType.EventTag) => null,
        (11, BootEventType.Ipl) => AppraiseSection(boot),
        (12, BootEventType.Ipl) => _firmware.DigestFits(boot, boot.Data.Span) ?? FirmwareRules.Keep(boot, _commandLines),
        _ => _firmware.AppraiseEvent(boot),
    };

    private static BootFinding? AppraiseSection(BootEvent boot) =>
        Sections.Contains(Utf16(boot)) ? null : new("not a section of a unified kernel image", boot, Seen: Utf16(boot));

    private BootFinding? AppraiseBootChain() =>
        reference.UnifiedKernels.Any(Match)
            ? null
            : new("no entry of kernels has this chain of boot loaders, unified kernel image and command line", _applications.FirstOrDefault(),
                Seen: string.Join("; ", _firmware.Show(_applications), string.Join("; ", _commandLines.Select(Utf16))));

    /// <summary>Stubs of systemd 257 and before have the firmware start the kernel inside, which measures it by itself; later ones do not.</summary>
    private bool Match(UnifiedKernel kernel) =>
        (_firmware.Equal(_applications, kernel.Chain) || (kernel.KernelAuthenticode is { } inner && _firmware.Equal(_applications, [.. kernel.Chain, inner])))
        && _commandLines.TrueForAll(line => kernel.CommandLine is { } allowed && budget.IsMatch(allowed, Utf16(line)));

    /// <summary>The text of an event of systemd: UTF-16, ended by a NUL.</summary>
    private static string Utf16(BootEvent boot) => Encoding.Unicode.GetString(boot.Data.Span).TrimEnd('\0');
}
