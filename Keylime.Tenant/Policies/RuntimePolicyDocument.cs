using System.Net.Sockets;
using System.Security.Cryptography;
using Keylime.Attestation.Policies;

namespace Keylime.Tenant.Policies;

/// <summary>A runtime policy as it is sent: the text, or its signed envelope, and the public key that signed it.</summary>
internal sealed record RuntimePolicyDocument(byte[] Text, byte[] SignatureKey)
{
    /// <summary>Reads it from where the command line says, and refuses what the verifier would refuse; null when there is none.</summary>
    public static async Task<RuntimePolicyDocument?> ReadAsync(PolicyArguments arguments, TimeSpan timeout, TextWriter log, CancellationToken ct)
    {
        if (arguments.AllowlistFile is not null)
        {
            log.WriteLine("WARNING: --allowlist and --exclude are deprecated, use a runtime policy");
            var excludes = arguments.ExcludeFile is null ? "" : File.ReadAllText(arguments.ExcludeFile);
            return RuntimePolicyConversion.TryConvert(Read(arguments.AllowlistFile), excludes, out var converted, out var conversionFault)
                ? new(converted, [])
                : throw new UserErrorException($"{arguments.AllowlistFile}: {conversionFault}");
        }
        var source = arguments.RuntimePolicyFile ?? arguments.RuntimePolicyUrl;
        if (source is null) return null;
        var text = arguments.RuntimePolicyFile is not null ? Read(source) : await DownloadAsync(source, timeout, log, ct);
        if (arguments.RuntimePolicyChecksum is { } checksum && !checksum.Equals(Convert.ToHexString(SHA256.HashData(text)), StringComparison.OrdinalIgnoreCase))
            throw new UserErrorException($"Checksum of runtime policy {source} does not match: expected {checksum}, is {Convert.ToHexStringLower(SHA256.HashData(text))}");
        var key = arguments.RuntimePolicySignatureKeyFile is null ? [] : Read(arguments.RuntimePolicySignatureKeyFile);
        Check(source, text, key);
        return new(text, key);
    }

    private static void Check(string source, byte[] text, byte[] key)
    {
        ReadOnlyMemory<byte> policy = text;
        if (DsseEnvelope.IsEnvelope(text))
        {
            if (!DsseEnvelope.TryParse(text, out var envelope, out var envelopeFault)) throw new UserErrorException($"{source}: {envelopeFault}");
            if (key.Length > 0 && !envelope.IsSignedBy(System.Text.Encoding.UTF8.GetString(key))) throw new UserErrorException($"{source}: the signature is not the given key's");
            policy = envelope.Payload;
        }
        else if (key.Length > 0) throw new UserErrorException($"{source}: is not signed, but a key to verify the signature was given");
        if (!RuntimePolicy.TryCompile(policy.Span, out _, out var fault)) throw new UserErrorException($"{source}: {fault}");
    }

    private static async Task<byte[]> DownloadAsync(string url, TimeSpan timeout, TextWriter log, CancellationToken ct)
    {
        log.WriteLine($"Downloading runtime policy from {url}");
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = timeout, MaxResponseContentBufferSize = RuntimePolicy.MaxTextBytes };
        try
        {
            return await http.GetByteArrayAsync(new Uri(url), ct);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or UriFormatException or NotSupportedException || (e is TaskCanceledException && !ct.IsCancellationRequested))
        {
            throw new UserErrorException($"Downloading runtime policy ({url}) failed: {e.Message}", e);
        }
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(e.Message, e);
        }
    }
}
