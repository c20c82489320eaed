using System.Runtime.InteropServices;
using Keylime.FleetSimulator;
using Keylime.FleetSimulator.CommandLine;
using Keylime.FleetSimulator.Control;
using Keylime.ServiceDefaults.Configuration;

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    // Agents and policy are taken back before the end.
    signal.Cancel = true;
    stop.Cancel();
}
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

return await new FleetCommandLine().Create(async (options, json, _) =>
{
    IEventWriter events = json ? new JsonEventWriter(Console.Out) : new TextEventWriter(Console.Out, !Console.IsOutputRedirected);
    try
    {
        await new FleetRun(options, events, json ? Console.In : null, TimeProvider.System).RunAsync(stop.Token);
        return 0;
    }
    catch (Exception e) when (e is FleetException or ConfigurationException)
    {
        events.Write(new ErrorEvent(e.Message));
        return 1;
    }
    // Of the output, which has no place for it then.
    catch (IOException e)
    {
        await Console.Error.WriteLineAsync($"fleet: {e.Message}");
        return 1;
    }
}).Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null });
