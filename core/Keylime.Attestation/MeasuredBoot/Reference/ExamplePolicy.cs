using System.Text;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Attestation.MeasuredBoot.Reference;

/// <summary>Keylime's measured-boot policy <c>example</c>: only known firmware, Secure Boot keys and boot chains of shim, GRUB and kernel. Every event must satisfy
/// the rule of its PCR and type; what has no rule is refused. Evaluates one log and is then spent.</summary>
/// <remarks>What GRUB measures in PCR 8 decides by its text, so its digest must fit, which Keylime does not demand.</remarks>
internal sealed class ExamplePolicy(ReferenceState reference, BootLog log, TpmAlgorithm bank, ExpressionBudget budget)
{
    private const string CommandPrefix = "grub_cmd: ";
    private const string CommandLinePrefix = "kernel_cmdline: ";

    private readonly FirmwareRules _firmware = new(reference, bank);
    private readonly List<BootEvent> _applications = [];
    private readonly List<BootEvent> _vmlinuzes = [];
    private readonly List<BootEvent> _initrds = [];
    private readonly List<BootEvent> _commandLines = [];

    public BootFinding? Appraise() => _firmware.Appraise(log, AppraiseEvent, AppraiseBootChain);

    private BootFinding? AppraiseEvent(BootEvent boot) => (boot.Pcr, boot.Type) switch
    {
        (4, BootEventType.EfiBootServicesApplication) => FirmwareRules.Keep(boot, _applications),
        (8, BootEventType.Ipl) => AppraiseGrubCommand(boot),
        (9, BootEventType.Ipl) => AppraiseGrubFile(boot),
        _ => _firmware.AppraiseEvent(boot),
    };

    private BootFinding? AppraiseGrubCommand(BootEvent boot)
    {
        var text = FirmwareRules.IplText(boot);
        if (text.StartsWith(CommandPrefix, StringComparison.Ordinal)) return AppraiseCommand(boot, text[CommandPrefix.Length..]);
        if (!text.StartsWith(CommandLinePrefix, StringComparison.Ordinal)) return new("not a GRUB command or kernel command line", boot, Seen: text);
        return _firmware.DigestFits(boot, Encoding.Latin1.GetBytes(text[CommandLinePrefix.Length..])) ?? FirmwareRules.Keep(boot, _commandLines);
    }

    /// <summary>Any command may be given, but a command line that is relabelled as one must not pass unjudged: the digest covers neither label. A command begins with its
    /// name, a command line with the kernel's file.</summary>
    private BootFinding? AppraiseCommand(BootEvent boot, string command) =>
        command is [(>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '_' or '[' or '!' or '.', ..]
            ? _firmware.DigestFits(boot, Encoding.Latin1.GetBytes(command))
            : new("does not begin with the name of a GRUB command", boot, Seen: command);

    private BootFinding? AppraiseGrubFile(BootEvent boot) => FirmwareRules.IplText(boot) switch
    {
        var path when path.Contains('\n', StringComparison.Ordinal) => new("not a file that GRUB reads", boot, Seen: path),
        var path when path.Contains("/loader/entries", StringComparison.Ordinal) || path.Contains("/grub", StringComparison.Ordinal) => null,
        var path when path.Contains("/vmlinuz", StringComparison.Ordinal) => FirmwareRules.Keep(boot, _vmlinuzes),
        var path when path.Contains("/initrd", StringComparison.Ordinal) || path.Contains("/initramfs", StringComparison.Ordinal) => FirmwareRules.Keep(boot, _initrds),
        var path => new("not a file that GRUB reads", boot, Seen: path),
    };

    private BootFinding? AppraiseBootChain() =>
        reference.Kernels.Any(MatchKernel)
            ? null
            : new("no entry of kernels has this boot loader, kernel, initrd and command line", _applications.FirstOrDefault(),
                Seen: string.Join("; ", _firmware.Show([.. _applications, .. _vmlinuzes, .. _initrds]), string.Join("; ", _commandLines.Select(FirmwareRules.IplText))));

    private bool MatchKernel(Kernel kernel) =>
        MatchApplications(kernel)
        && _firmware.Equal(_initrds, [kernel.Initrd])
        && _vmlinuzes is [var vmlinuz] && (kernel.Vmlinuz is null || kernel.Vmlinuz.Match(vmlinuz, bank))
        && _commandLines is [var line] && budget.IsMatch(kernel.CommandLine, FirmwareRules.IplText(line).AsSpan(CommandLinePrefix.Length));

    private bool MatchApplications(Kernel kernel) => kernel.KernelAuthenticode is { } authenticode
        ? _firmware.Equal(_applications, [kernel.Shim, kernel.Grub, authenticode]) || _firmware.Equal(_applications, [kernel.Shim, kernel.Grub, authenticode, authenticode])
        : _firmware.Equal(_applications, [kernel.Shim, kernel.Grub]);
}
