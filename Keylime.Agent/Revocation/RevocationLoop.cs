using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Threading.Channels;
using Keylime.Protocol.V2;

namespace Keylime.Agent.Revocation;

/// <summary>Judges revocation messages and has their actions run, apart from the requests that brought them.</summary>
internal sealed partial class RevocationLoop(RevocationOptions options, RevocationActions actions, ILogger<RevocationLoop> logger) : BackgroundService
{
    private readonly Channel<RevocationNotification> _waiting =
        Channel.CreateBounded<RevocationNotification>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Accept(RevocationNotification notification) => _waiting.Writer.TryWrite(notification);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var notification in _waiting.Reader.ReadAllAsync(stoppingToken))
            try { await HandleAsync(notification.Msg ?? "", notification.Signature ?? "", stoppingToken); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { LogFailed(e); }
    }

    private async Task HandleAsync(string message, string signature, CancellationToken stop)
    {
        using var signer = LoadSigner();
        if (signer is null) LogNoCertificate(options.CertificatePath);
        else if (!RevocationSignature.Verify(signer, message, signature)) LogRefused("its signature is wrong");
        else if (!IsJson(message)) LogRefused("it is no JSON");
        else await actions.RunAsync(message, stop);
    }

    /// <summary>Read for each message: the certificate comes with the payload, and a new payload brings a new one.</summary>
    private X509Certificate2? LoadSigner()
    {
        try { return File.Exists(options.CertificatePath) ? X509Certificate2.CreateFromPem(File.ReadAllText(options.CertificatePath)) : null; }
        catch (CryptographicException) { return null; }
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var _ = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException) { return false; }
    }

    [LoggerMessage(EventIds.RevocationWithoutCertificate, LogLevel.Warning, "Revocation message dropped: no usable certificate at {Path}")]
    private partial void LogNoCertificate(string path);

    [LoggerMessage(EventIds.RevocationRefused, LogLevel.Error, "Revocation message refused: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(EventIds.RevocationFailed, LogLevel.Error, "Revocation message not handled")]
    private partial void LogFailed(Exception cause);
}
