using System.Threading.Channels;

namespace Keylime.Agent.Payload;

/// <summary>Runs payloads one after the other, apart from the requests that completed their keys.</summary>
internal sealed partial class PayloadLoop(PayloadOptions options, PayloadRun run, ILogger<PayloadLoop> logger) : BackgroundService
{
    // A payload that waits is replaced by a newer one: each run starts with an empty folder, so the older would leave nothing behind.
    private readonly Channel<(byte[] Key, byte[] Ciphertext)> _waiting =
        Channel.CreateBounded<(byte[], byte[])>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Takes a recovered payload; without one, or where payloads are not allowed, only the key is kept by the caller.</summary>
    public void Accept(RecoveredPayload recovered)
    {
        if (recovered.Ciphertext is null) return;
        if (options.Run) _waiting.Writer.TryWrite((recovered.Key, recovered.Ciphertext));
        else LogNotAllowed();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (key, ciphertext) in _waiting.Reader.ReadAllAsync(stoppingToken))
            await run.RunAsync(key, ciphertext, stoppingToken);
    }

    [LoggerMessage(EventIds.PayloadNotAllowed, LogLevel.Warning, "Payload refused: without mutual TLS only enable_insecure_payload allows payloads")]
    private partial void LogNotAllowed();
}
