using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Keylime.Attestation.Endorsements;
using Keylime.Tenant.Endorsements;

namespace Keylime.Tenant.Evidence;

/// <summary>What certificates are judged by: those that are trusted, those that may stand in between, and the time.</summary>
internal sealed class CertificateOptions
{
    private readonly Option<string[]> _trust = new("--trust") { Description = "Certificates that are trusted: a file, or a folder such as tpm_cert_store; repeatable", HelpName = "PATH", Required = true };
    private readonly Option<string[]> _intermediates = new("--intermediate") { Description = "Certificates that may stand in between; repeatable", HelpName = "FILE" };
    private readonly Option<DateTimeOffset?> _at = new("--at") { Description = "Time of the check: ISO 8601, or seconds since 1970 (default: now)", HelpName = "TIME", CustomParser = ReadTime };

    public void AddTo(Command command)
    {
        command.Options.Add(_trust);
        command.Options.Add(_intermediates);
        command.Options.Add(_at);
    }

    public IReadOnlyList<Certificate> ReadTrusted(ParseResult arguments) => [.. arguments.GetValue(_trust)!.SelectMany(ReadAll)];

    public IReadOnlyList<Certificate> ReadIntermediates(ParseResult arguments) => [.. (arguments.GetValue(_intermediates) ?? []).SelectMany(ReadAll)];

    public DateTimeOffset ReadTime(ParseResult arguments) => arguments.GetValue(_at) ?? TimeProvider.System.GetUtcNow();

    /// <summary>The certificate that is judged: DER (padded as in TPM NV or not), base64 or PEM.</summary>
    public static bool TryRead(string path, [NotNullWhen(true)] out Certificate? certificate)
    {
        var bytes = InputFile.ReadBinary(path);
        return Certificate.TryParse(bytes, out certificate) || Certificate.TryParseText(Encoding.Latin1.GetString(bytes), out certificate);
    }

    public static JsonObject Describe(Certificate certificate) => new()
    {
        ["subject"] = certificate.X509.Subject,
        ["issuer"] = certificate.X509.Issuer,
        ["notBefore"] = Show(certificate.NotBefore),
        ["notAfter"] = Show(certificate.NotAfter),
    };

    /// <summary>The fault; null when there is none.</summary>
    public static JsonObject? Describe(EndorsementResult result) => result.IsGood ? null : new()
    {
        ["fault"] = result.Fault.ToString(),
        ["detail"] = result.Fault.Describe(),
        ["subject"] = result.Subject,
    };

    private static IReadOnlyList<Certificate> ReadAll(string path)
    {
        var certificates = Directory.Exists(FileNames.Check(path)) ? CertificateStore.Read(path) : CertificateStore.ReadFile(path);
        return certificates.Count > 0 ? certificates : throw new UserErrorException($"{path}: holds no certificate");
    }

    private static string Show(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static DateTimeOffset? ReadTime(ArgumentResult argument)
    {
        const long LastSecond = 253_402_300_799;
        var text = argument.Tokens[0].Value;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= LastSecond) return DateTimeOffset.FromUnixTimeSeconds(seconds);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return time;
        argument.AddError($"'{text}' is no time: 2030-01-01T00:00:00Z, or seconds since 1970");
        return null;
    }
}
