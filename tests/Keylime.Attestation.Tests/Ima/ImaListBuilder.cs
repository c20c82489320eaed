using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.Ima;

/// <summary>Writes IMA lists as a kernel does, and keeps PCR 10 of the SHA-256 bank.</summary>
internal sealed class ImaListBuilder
{
    private readonly List<byte> _list = [];

    public byte[] Pcr { get; private set; } = new byte[32];

    public byte[] List => [.. _list];

    public ImaListBuilder Add(string template, byte[] data, byte[] text)
    {
        _list.AddRange([.. Encoding.UTF8.GetBytes($"10 {Convert.ToHexStringLower(SHA1.HashData(data))} {template} "), .. text, (byte)'\n']);
        Pcr = SHA256.HashData([.. Pcr, .. SHA256.HashData(data)]);
        return this;
    }

    /// <summary>An entry of the digest, the name, and fields of bytes.</summary>
    public ImaListBuilder Add(string template, string digestName, byte[] digest, string name, params byte[][] fields) => Add(template,
        [.. Sized([.. Encoding.UTF8.GetBytes(digestName + ":\0"), .. digest]), .. Sized([.. Encoding.UTF8.GetBytes(name), 0]), .. fields.SelectMany(Sized)],
        Encoding.UTF8.GetBytes($"{digestName}:{Convert.ToHexStringLower(digest)} {name}{string.Concat(fields.Select(field => " " + Convert.ToHexStringLower(field)))}"));

    /// <summary>A measured buffer.</summary>
    public ImaListBuilder AddBuffer(string name, byte[] buffer) => Add("ima-buf", "sha256", SHA256.HashData(buffer), name, buffer);

    /// <summary>The events of an appraisal by policy and keys.</summary>
    public string[] Appraise(RuntimePolicy? policy, ImaKeyring keys)
    {
        var result = ImaListAppraisal.Appraise(List, null, TpmAlgorithm.Sha256, Pcr, policy, keys, violationsFail: true, new(TimeProvider.System));
        Assert.Equal(result.FailureCount == 0, result.Position is not null);
        return [.. result.Failures.Select(failure => failure.EventId)];
    }

    /// <summary>A signature as it stands in <c>security.ima</c>.</summary>
    public static byte[] Signature(byte type, byte version, byte hashId, uint keyId, byte[] signature)
    {
        var header = new byte[9];
        (header[0], header[1], header[2]) = (type, version, hashId);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(3), keyId);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(7), (ushort)signature.Length);
        return [.. header, .. signature];
    }

    public static RuntimePolicy Policy(string members = "")
    {
        string[] all = ["\"digests\":{}", "\"excludes\":[]", "\"keyrings\":{}", "\"ima\":{\"ignored_keyrings\":[],\"log_hash_alg\":\"sha1\",\"dm_policy\":null}"];
        var rest = all.Where(member => !members.Contains(member.Split(':')[0] + ":", StringComparison.Ordinal));
        var text = $$"""{"meta":{"version":1,"generator":2},"release":0,"ima-buf":{},"verification-keys":"",{{string.Join(',', rest.Append(members).Where(member => member.Length > 0))}}}""";
        return RuntimePolicy.TryCompile(Encoding.UTF8.GetBytes(text), out var policy, out var fault) ? policy : throw new InvalidOperationException(fault.ToString());
    }

    private static byte[] Sized(byte[] bytes) => [.. BitConverter.GetBytes(bytes.Length), .. bytes];
}
