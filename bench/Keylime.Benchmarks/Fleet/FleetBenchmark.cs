using System.Diagnostics;
using System.Security.Cryptography;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.Benchmarks.Fleet;

/// <summary>What does the fleet simulator spend on a quote over kept-alive mTLS, beside the signature alone? A load run must measure verifiers, not the fleet.</summary>
internal static class FleetBenchmark
{
    private const int Agents = 64;
    private const string FirstAddress = "127.80.0.1";
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(5), s_round = TimeSpan.FromSeconds(1), s_budget = TimeSpan.FromSeconds(10);

    public static void Run(Report report) => RunAsync(report).GetAwaiter().GetResult();

    private static async Task RunAsync(Report report)
    {
        var folder = Directory.CreateTempSubdirectory("keylime-bench-").FullName;
        try
        {
            CertificateFolder.CreateMissing(folder, new(), TimeProvider.System);
            var client = TlsIdentity.Read(Path.Combine(folder, "client-cert.crt"), Path.Combine(folder, "client-private.pem"), "");
            await using var fleet = await FleetProcess.StartAsync(Agents, FirstAddress, folder);
            var connections = await Task.WhenAll(Enumerable.Range(1, Agents).Select(i => AgentConnection.OpenAsync($"127.80.0.{i}", fleet.Port, client.Context)));
            var measured = await MeasureAsync(fleet, connections);
            report.Add("fleet simulator: a quote, processor time", measured, SignatureAlone());
            foreach (var connection in connections) connection.Dispose();
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static async Task<Measurement> MeasureAsync(FleetProcess fleet, AgentConnection[] connections)
    {
        using var stop = new CancellationTokenSource();
        var answered = 0L;
        var askers = connections.Select(connection => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await connection.AskAsync(51, CancellationToken.None);
                Interlocked.Increment(ref answered);
            }
        })).ToArray();
        await Task.Delay(s_warmUp);
        var best = double.MaxValue;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < s_budget;)
        {
            var (before, spent) = (Interlocked.Read(ref answered), fleet.ProcessorTime);
            await Task.Delay(s_round);
            best = Math.Min(best, (fleet.ProcessorTime - spent).TotalNanoseconds / Math.Max(1, Interlocked.Read(ref answered) - before));
        }
        await stop.CancelAsync();
        await Task.WhenAll(askers);
        return new(best, double.NaN);
    }

    private static Measurement SignatureAlone()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (message, signature) = (new byte[150], new byte[64]);
        void Sign() => key.SignData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return Measurement.Compare(Sign, Sign).Measured;
    }
}
