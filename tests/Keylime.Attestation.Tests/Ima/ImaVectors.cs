using System.Text.Json;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Policies;
using Keylime.Testing;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.Ima;

/// <summary>One published list with its PCR value, policy and verdict.</summary>
internal sealed record ImaVector(string Path, byte[] Log, TpmAlgorithm Bank, byte[] Pcr, RuntimePolicy? Policy, ImaKeyring Keys, bool IsValid, IReadOnlyList<string> KeylimeFailures)
{
    public static IEnumerable<string> Paths => Vectors.Manifest("ima-log", "ima/").Select(file => file.GetProperty("path").GetString()!);

    public static ImaVector Get(string path)
    {
        var expected = Vectors.Manifest("ima-log", path).Single().GetProperty("expected");
        var pcr = expected.GetProperty("pcr10_to_check");
        Assert.True(TpmHash.TryParseHashName(pcr.GetProperty("bank").GetString(), out var bank));
        return new(path, Vectors.Read(path), bank, Convert.FromHexString(pcr.GetProperty("value").GetString()!),
            expected.TryGetProperty("policy", out var policy) && policy.ValueKind == JsonValueKind.String ? Compile($"ima/{policy.GetString()}") : null,
            expected.TryGetProperty("keyring", out var keyring) && keyring.ValueKind == JsonValueKind.Array ? ReadKeys(keyring) : ImaKeyring.Empty,
            expected.GetProperty("valid").GetBoolean(),
            [.. expected.GetProperty("keylime").GetProperty("failure_ids").EnumerateArray().Select(id => id.GetString()!)]);
    }

    /// <summary>The manifest names the keys as they were made: <c>rsa.crt</c> is <c>keys/ima-rsa.x509.der</c>.</summary>
    private static ImaKeyring ReadKeys(JsonElement names)
    {
        var keyring = ImaKeyring.Empty;
        foreach (var name in names.EnumerateArray().Select(name => name.GetString()!))
        {
            Assert.Equal(ImaKeyKind.Usable, ImaKey.Read(Vectors.Read($"ima/keys/ima-{name[..name.IndexOf('.', StringComparison.Ordinal)]}.x509.der"), out var key));
            keyring = keyring.With(key!);
        }
        return keyring;
    }

    public static RuntimePolicy Compile(string path)
    {
        Assert.True(RuntimePolicy.TryCompile(Vectors.Read(path), out var policy, out var fault), fault?.ToString());
        return policy;
    }
}
