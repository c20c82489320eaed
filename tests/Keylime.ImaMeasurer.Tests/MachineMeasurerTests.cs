using System.Security.Cryptography;
using Keylime.Attestation.Ima;
using Keylime.Testing;
using Keylime.Tpm;
using Keylime.Tpm.Devices;
using Keylime.Tpm.Structures;

namespace Keylime.ImaMeasurer.Tests;

/// <summary>List and PCR 10 of a real TPM, through changes, crashes and restarts.</summary>
public sealed class MachineMeasurerTests(MachineMeasurerTests.Fixture fixture) : IClassFixture<MachineMeasurerTests.Fixture>, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keylime-ima-").FullName;
    private readonly StringWriter _output = new();

    private string Root => Path.Combine(_folder, "root");
    private string ListFile => Path.Combine(_folder, "run", "list");
    private string[] Lines => File.ReadAllLines(ListFile);

    /// <summary>Each test begins with a machine that was just switched on.</summary>
    public async Task InitializeAsync()
    {
        if (SoftwareTpm.SkipReason is null) await fixture.Tpm.RebootAsync();
        Write("usr/bin/tool", "tool");
        Write("etc/a b", "ab");
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [TpmFact]
    public async Task Measures_the_boot_first_and_then_every_file_in_every_bank()
    {
        await NewMeasurer().MeasureAsync(default);
        Assert.Equal(["boot_aggregate", "/etc/a_b", "/usr/bin/tool"], Lines.Select(line => line.Split(' ')[^1]));
        var zeros = new byte[10 * 32];
        Assert.Contains($" ima-ng sha256:{Convert.ToHexStringLower(SHA256.HashData(zeros))} boot_aggregate", Lines[0], StringComparison.Ordinal);
        Assert.Contains($" ima-ng sha256:{Convert.ToHexStringLower(SHA256.HashData("tool"u8))} /usr/bin/tool", Lines[2], StringComparison.Ordinal);
        await AssertAgreementAsync();
    }

    [TpmFact]
    public async Task Measures_what_changes_and_only_that()
    {
        var measurer = NewMeasurer();
        await measurer.MeasureAsync(default);
        Assert.True(measurer.IsIdle);
        Write("usr/bin/tool", "tampered");
        Assert.False(measurer.IsIdle);
        await measurer.MeasureAsync(default);
        Write("new", "new");
        await measurer.MeasureAsync(default);
        // Written again with the same content: the kernel's cache would notice, and so does the list.
        Write("new", "new");
        File.SetLastWriteTimeUtc(Path.Combine(Root, "new"), DateTime.UnixEpoch);
        await measurer.MeasureAsync(default);
        Assert.Equal(["boot_aggregate", "/etc/a_b", "/usr/bin/tool", "/usr/bin/tool", "/new"], Lines.Select(line => line.Split(' ')[^1]));
        await AssertAgreementAsync();
    }

    [TpmFact]
    public async Task Goes_on_after_a_restart_without_measuring_again()
    {
        await NewMeasurer().MeasureAsync(default);
        Write("new", "new");
        await NewMeasurer().MeasureAsync(default);
        Assert.Equal(4, Lines.Length);
        await AssertAgreementAsync();
    }

    [TpmFact]
    public async Task Makes_up_for_a_crash_between_list_and_PCR()
    {
        await NewMeasurer().MeasureAsync(default);
        var entry = ImaNgEntry.Create(TpmAlgorithm.Sha256, SHA256.HashData("new"u8), "/new");
        File.AppendAllText(ListFile, entry.Line + "\n");
        Write("new", "new");
        await NewMeasurer().MeasureAsync(default);
        Assert.Equal(4, Lines.Length);
        await AssertAgreementAsync();
    }

    [TpmFact]
    public async Task Cuts_off_half_a_line_that_a_crash_left()
    {
        await NewMeasurer().MeasureAsync(default);
        File.AppendAllText(ListFile, "10 0123456789");
        await NewMeasurer().MeasureAsync(default);
        Assert.Equal(3, Lines.Length);
        await AssertAgreementAsync();
    }

    [TpmFact]
    public async Task Begins_a_new_list_when_the_machine_was_started_anew()
    {
        var measurer = NewMeasurer();
        await measurer.MeasureAsync(default);
        Write("etc/a b", "changed");
        await measurer.MeasureAsync(default);
        await fixture.Tpm.RebootAsync();
        await measurer.MeasureAsync(default);
        Assert.Equal(["boot_aggregate", "/etc/a_b", "/usr/bin/tool"], Lines.Select(line => line.Split(' ')[^1]));
        await AssertAgreementAsync();
    }

    [TpmFact]
    public async Task Refuses_a_TPM_that_somebody_else_extended()
    {
        var measurer = NewMeasurer();
        await measurer.MeasureAsync(default);
        await fixture.Device.ExtendPcrAsync(10, new Dictionary<TpmAlgorithm, ReadOnlyMemory<byte>> { [TpmAlgorithm.Sha256] = new byte[32] });
        Write("new", "new");
        var before = Lines;
        Assert.Contains("PCR 10 is", (await Assert.ThrowsAsync<ListDisagreesException>(() => measurer.MeasureAsync(default))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ListDisagreesException>(() => NewMeasurer().MeasureAsync(default));
        Assert.Equal(before, Lines);
    }

    [TpmFact]
    public async Task Refuses_a_list_that_somebody_else_wrote()
    {
        await NewMeasurer().MeasureAsync(default);
        File.WriteAllLines(ListFile, Lines.Select(line => line.Replace("/etc/a_b", "/etc/b_a", StringComparison.Ordinal)));
        Assert.Contains("is not an entry that this tool wrote", (await Assert.ThrowsAsync<ListDisagreesException>(() => NewMeasurer().MeasureAsync(default))).Message, StringComparison.Ordinal);
    }

    [TpmFact]
    public async Task Loses_nothing_while_the_TPM_is_away()
    {
        var measurer = NewMeasurer();
        await measurer.MeasureAsync(default);
        await fixture.Tpm.PowerOffAsync();
        Write("new", "new");
        await Assert.ThrowsAsync<TpmUnavailableException>(() => measurer.MeasureAsync(default));
        Assert.False(measurer.IsIdle);
        await fixture.Tpm.PowerOnAsync();
        await measurer.MeasureAsync(default);
        Assert.Contains(Lines, line => line.EndsWith(" /new", StringComparison.Ordinal));
        await AssertAgreementAsync();
    }

    [TpmFact]
    public async Task One_run_measures_all_machines_once()
    {
        Assert.Equal(0, await MeasuringRun.RunAsync([Machine], once: true, TimeSpan.FromMilliseconds(10), _output, default));
        Assert.Contains("agent-0: measured /usr/bin/tool sha256:", _output.ToString(), StringComparison.Ordinal);
        File.AppendAllText(ListFile, "junk\n");
        Assert.Equal(1, await MeasuringRun.RunAsync([Machine], once: true, TimeSpan.FromMilliseconds(10), _output, default));
    }

    [TpmFact]
    public async Task A_run_goes_on_watching_until_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        var run = MeasuringRun.RunAsync([Machine], once: false, TimeSpan.FromMilliseconds(10), _output, stop.Token);
        await WaitForLineAsync("/usr/bin/tool");
        Write("later", "later");
        await WaitForLineAsync("/later");
        await stop.CancelAsync();
        Assert.Equal(0, await run);
        // It may have been stopped between list and PCR, as by a crash; the next look makes up for that.
        await NewMeasurer().MeasureAsync(default);
        await AssertAgreementAsync();
    }

    private Machine Machine => new("agent-0", fixture.Name, Root, ListFile);

    private MachineMeasurer NewMeasurer() => new(Machine, fixture.Device, _output);

    private void Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private async Task WaitForLineAsync(string name)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (!File.Exists(ListFile) || !Lines.Any(line => line.EndsWith($" {name}", StringComparison.Ordinal))) await Task.Delay(20, timeout.Token);
    }

    /// <summary>What a verifier does: replays the list and compares it with the TPM.</summary>
    private async Task AssertAgreementAsync()
    {
        foreach (var bank in new[] { TpmAlgorithm.Sha1, TpmAlgorithm.Sha256 })
        {
            var replayed = new byte[bank.DigestBytes()];
            foreach (var line in Lines)
            {
                Assert.True(ImaNgEntry.TryParse(line, out var entry));
                bank.Extend(replayed, entry.ComputeExtendDigest(bank));
            }
            var read = await fixture.Device.ReadPcrsAsync([new PcrSelection(bank, 1 << 10)]);
            Assert.Equal(Convert.ToHexStringLower(replayed), Convert.ToHexStringLower(read.Values.Single().Value.Span));
        }
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal SoftwareTpm Tpm { get; private set; } = null!;
        internal TctiName Name { get; private set; } = null!;
        internal TpmDevice Device { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            if (SoftwareTpm.SkipReason is not null) return;
            Tpm = await SoftwareTpm.StartAsync();
            Assert.True(TctiName.TryParse(Tpm.Tcti, out var name, out _));
            Name = name;
            Device = new(TpmTransport.Create(name));
        }

        public async Task DisposeAsync()
        {
            if (Tpm is not null) await Tpm.DisposeAsync();
        }
    }
}
