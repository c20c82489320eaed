using System.Security.Cryptography;
using Keylime.Protocol.Payloads;

namespace Keylime.Tenant.Payloads;

/// <summary>What an agent is given once it is trusted: encrypted under K, of which the agent gets U from us and V from the verifier.</summary>
internal sealed record Payload(byte[] K, byte[] U, byte[] V, byte[]? Encrypted)
{
    /// <summary>PEM private key that signs revocation messages for this package, and what the verifier keeps about its certificate.</summary>
    public string RevocationKey { get; init; } = "";
    public string Metadata { get; init; } = "{}";

    /// <summary>Encrypts a clear payload under a new key.</summary>
    public static Payload Encrypt(ReadOnlySpan<byte> clear)
    {
        var k = RandomNumberGenerator.GetBytes(KeyShares.KeyBytes);
        var v = RandomNumberGenerator.GetBytes(KeyShares.KeyBytes);
        return new(k, KeyShares.Combine(k, v), v, PayloadCipher.Encrypt(k, RandomNumberGenerator.GetBytes(PayloadCipher.IvBytes), clear));
    }

    /// <summary>Reads the lines K, U, V in base64 of <c>keylime_userdata_encrypt</c>, and the payload that it encrypted.</summary>
    public static Payload Read(string keyFile, string? payloadFile)
    {
        var lines = File.ReadAllLines(keyFile);
        var keys = new byte[3][];
        for (var i = 0; i < 3; i++)
            if (i >= lines.Length || !TryDecode(lines[i], out keys[i])) throw new UserErrorException($"{keyFile}: line {i + 1} is not a key of 16 or 32 bytes in base64");
        if (keys[0].Length != keys[1].Length || !KeyShares.Combine(keys[1], keys[2]).AsSpan().SequenceEqual(keys[0]))
            throw new UserErrorException($"{keyFile}: the three keys do not belong together");
        return new(keys[0], keys[1], keys[2], payloadFile is null ? null : Convert.FromBase64String(File.ReadAllText(payloadFile)));
    }

    private static bool TryDecode(string line, out byte[] key)
    {
        key = new byte[64];
        var isGood = line.Length <= 64 && Convert.TryFromBase64String(line, key, out var length) && length is 16 or 32;
        if (isGood) key = Convert.FromBase64String(line);
        return isGood;
    }
}
