using Keylime.Tpm.Devices;

namespace Keylime.ImaMeasurer;

/// <summary>All machines of a developer cluster in one process, each at its own pace.</summary>
internal static class MeasuringRun
{
    /// <summary>How often an idle machine's TPM is looked at: a TPM that was restarted needs a new list even when no file changes.</summary>
    private static readonly TimeSpan s_lookAtTpm = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_waitForTpm = TimeSpan.FromSeconds(1);

    /// <returns>0, or 1 when the list of a machine disagrees with its TPM.</returns>
    public static async Task<int> RunAsync(IEnumerable<Machine> machines, bool once, TimeSpan pause, TextWriter output, CancellationToken stop)
    {
        var synchronized = TextWriter.Synchronized(output);
        var results = await Task.WhenAll(machines.Select(machine => RunAsync(machine, once, pause, synchronized, stop)));
        return results.All(good => good) ? 0 : 1;
    }

    private static async Task<bool> RunAsync(Machine machine, bool once, TimeSpan pause, TextWriter output, CancellationToken stop)
    {
        var measurer = new MachineMeasurer(machine, new TpmDevice(TpmTransport.Create(machine.Tpm)), output);
        var nextLook = TimeProvider.System.GetTimestamp();
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (!measurer.IsIdle || TimeProvider.System.GetElapsedTime(nextLook) >= s_lookAtTpm)
                {
                    if (await TryMeasureAsync(measurer, machine, output, stop))
                    {
                        if (once) return true;
                        nextLook = TimeProvider.System.GetTimestamp();
                    }
                    else await Task.Delay(s_waitForTpm, stop);
                }
                await Task.Delay(pause, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
        catch (ListDisagreesException e)
        {
            await output.WriteLineAsync(e.Message);
            return false;
        }
        return true;
    }

    private static async Task<bool> TryMeasureAsync(MachineMeasurer measurer, Machine machine, TextWriter output, CancellationToken stop)
    {
        try
        {
            await measurer.MeasureAsync(stop);
            return true;
        }
        // Busy, restarting or not there yet: the same again in a while.
        catch (TpmUnavailableException e)
        {
            await output.WriteLineAsync($"{machine.Name}: {e.Message}");
            return false;
        }
    }
}
