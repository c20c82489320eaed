using System.Runtime.InteropServices;
using Keylime.Load;
using Keylime.Load.Options;
using Keylime.Load.Processes;
using Keylime.Load.Progress;
using Keylime.Load.Reports;
using Keylime.Load.Reports.Html;
using Keylime.Load.Running;
using Spectre.Console;

const int failed = 1, misuse = 64, interrupted = 130;

if (!new LoadCommandLine(Path.Combine(ProgramPath.Artifacts, "load")).TryParse(args, out var options, out var faults))
{
    foreach (var fault in faults) Console.Error.WriteLine($"keylime: {fault}");
    Console.Error.WriteLine("keylime: './keylime load --help' says more");
    return misuse;
}

using var interrupt = new CancellationTokenSource();
// A second signal has nothing to add: what was started is being stopped.
void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupt.Cancel();
}
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);

// Of the cluster and its logs; sockets of it lie elsewhere, for their paths must be short.
var folder = Directory.CreateTempSubdirectory("keylime-load-").FullName;
// The kernel releases it however we end: 'eng/load.sh' removes folders that nobody holds.
using var held = new FileStream(Path.Combine(folder, "lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
try
{
    LoadReport report;
    var isTerminal = AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected && !options!.Json;
    await using (IProgressDisplay display = isTerminal ? new Keylime.Load.Progress.LiveDisplay() : new LineDisplay(options!.Json ? Console.Error : Console.Out))
        report = options!.Scaling.Count > 0
            ? await new ScalingRun(options, folder, display).RunAsync(interrupt.Token)
            : await new LoadRun(options, folder, display).RunAsync(interrupt.Token);

    var output = Directory.CreateDirectory(options.Output).FullName;
    var json = ReportFile.Serialize(report);
    await File.WriteAllTextAsync(Path.Combine(output, "report.json"), json);
    await File.WriteAllTextAsync(Path.Combine(output, "report.html"), HtmlReport.Draw(report));
    if (options.Json) Console.Out.Write(json);
    foreach (var line in options.Json ? [] : ReportSummary.Of(report)) Console.WriteLine(line);
    (options.Json ? Console.Error : Console.Out).WriteLine($"Written to {output}: report.json, report.html");
    return 0;
}
catch (LoadException e)
{
    Console.Error.WriteLine($"keylime: {e.Message}");
    return failed;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"keylime: {e.Message}");
    return failed;
}
catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
{
    Console.Error.WriteLine("keylime: interrupted; everything that was started has ended");
    return interrupted;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
