using System.Diagnostics;
using System.Text.Json;

namespace Keylime.Benchmarks.Fleet;

/// <summary>The fleet simulator as a process of its own, made for one processor: its time is what is measured.</summary>
internal sealed class FleetProcess : IAsyncDisposable
{
    private readonly Process _process;

    private FleetProcess(Process process) => _process = process;

    public int Port { get; private set; }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<FleetProcess> StartAsync(int agents, string firstAddress, string tlsFolder)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Keylime.FleetSimulator.dll");
        string[] arguments = ["exec", program, "--agents", $"{agents}", "--address-base", firstAddress, "--port", "0", "--tls", tlsFolder, "--json"];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        // As many threads and heaps as on a machine with one processor.
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        var fleet = new FleetProcess(Process.Start(start)!);
        while (await fleet._process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var message = JsonDocument.Parse(line);
            if (message.RootElement.TryGetProperty("port", out var port)) fleet.Port = port.GetInt32();
            if (message.RootElement.GetProperty("event").GetString() == "error") throw new InvalidOperationException(line);
            if (message.RootElement.GetProperty("event").GetString() == "ready") break;
        }
        _ = fleet._process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        return fleet;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
