using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Keylime.Load.Cluster;
using Keylime.Protocol;

namespace Keylime.Load.Floors;

/// <summary>What asking an agent cannot cost less than: a GET over a kept-alive connection of mutual TLS by .NET's own client, the answer (a real quote) read and thrown away.
/// Our own CPU time; the agents' is another process's.</summary>
internal static class TlsFloor
{
    private const int SideBySide = 8;
    /// <summary>Until the compiler has done its work and every connection is there.</summary>
    private const int WarmUpRounds = 60;
    private const int Rounds = 160;

    /// <summary>CPU time per request, and the size of an answer.</summary>
    public static async Task<(TimeSpan Cpu, long AnswerBytes)> MeasureAsync(IReadOnlyList<string> agents, string tlsDirectory, CancellationToken cancellationToken)
    {
        using var certificate = OperatorConnection.LoadCertificate(tlsDirectory);
        using var http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
#pragma warning disable CA5359 // Whether it is the right agent is checked once a connection, not once a request; nothing is believed of these answers.
            SslOptions = new() { ClientCertificates = [certificate], RemoteCertificateValidationCallback = (_, _, _, _) => true },
#pragma warning restore CA5359
        });
        // As a verifier asks that knows the list already; one that grows costs what it grows by.
        var entries = await CountEntriesAsync(http, agents[0], cancellationToken);
        await AskAllAsync(http, agents, entries, WarmUpRounds, cancellationToken);
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var bytes = await AskAllAsync(http, agents, entries, Rounds, cancellationToken);
        process.Refresh();
        return ((process.TotalProcessorTime - before) / (Rounds * agents.Count), bytes / (Rounds * agents.Count));
    }

    private static async Task<long> AskAllAsync(HttpMessageInvoker http, IReadOnlyList<string> agents, int entry, int rounds, CancellationToken cancellationToken)
    {
        long bytes = 0;
        var limit = new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancellationToken };
        for (var round = 0; round < rounds; round++)
            await Parallel.ForEachAsync(agents, limit, async (agent, stop) => Interlocked.Add(ref bytes, (await AskAsync(http, agent, entry, stop)).LongLength));
        return bytes;
    }

    private static async Task<int> CountEntriesAsync(HttpMessageInvoker http, string agent, CancellationToken cancellationToken) =>
        JsonSerializer.Deserialize(await AskAsync(http, agent, entry: 0, cancellationToken), KeylimeJson.Default.EnvelopeQuoteResponse)?.Results?.ImaMeasurementList?.Count(letter => letter == '\n') ?? 0;

    private static async Task<byte[]> AskAsync(HttpMessageInvoker http, string agent, int entry, CancellationToken cancellationToken)
    {
        var nonce = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 20);
        using var request = new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture,
            $"https://{agent}/v{ApiVersion.Current}/quotes/integrity?nonce={nonce}&mask=0x400&partial=1&ima_ml_entry={entry}"))
        { Version = HttpVersion.Version11 };
        using var answer = await http.SendAsync(request, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.OK) throw new LoadException($"the fleet's agent {agent} answers {(int)answer.StatusCode}");
        return await answer.Content.ReadAsByteArrayAsync(cancellationToken);
    }
}
