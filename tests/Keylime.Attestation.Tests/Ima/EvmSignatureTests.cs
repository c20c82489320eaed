using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.Ima;

/// <summary>The template <c>evm-sig</c>: portable signatures over a file's metadata, as kernels and evmctl make them.</summary>
public sealed class EvmSignatureTests : IDisposable
{
    private const uint UserId = 1000, GroupId = 100;
    private const ushort Mode = 0x81A4;

    private static readonly byte[] FileDigest = SHA256.HashData("content"u8);
    private static readonly byte[] Label = "system_u:object_r:bin_t:s0\0"u8.ToArray();
    private static readonly byte[] ImaAttribute = [4, 4, .. FileDigest];

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => _key.Dispose();

    [Fact]
    public void Accepts_a_file_whose_metadata_are_signed_and_hold_its_digest() => Assert.Empty(Appraise(new Entry()).Failures);

    [Fact]
    public void Accepts_an_unsigned_entry_that_the_policy_lists() =>
        Assert.Empty(Appraise(new Entry { HasSignature = false }, $$"""{"/bin/tool":["{{Convert.ToHexStringLower(FileDigest)}}"]}""").Failures);

    [Theory]
    [InlineData("owner")]
    [InlineData("mode")]
    [InlineData("label")]
    [InlineData("content")]
    [InlineData("algorithm")]
    [InlineData("key")]
    [InlineData("kind")]
    [InlineData("no signature")]
    [InlineData("no attributes")]
    public void Rejects_a_file_when_something_else_was_signed(string what)
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var entry = what switch
        {
            "owner" => new Entry { UserId = 0 },
            "mode" => new Entry { Mode = Mode | 0x800 },
            "label" => new Entry { LabelShown = "x"u8.ToArray() },
            // The metadata are signed, but for another content.
            "content" => new Entry { Digest = SHA256.HashData("other"u8) },
            "algorithm" => new Entry { HashName = "sm3" },
            "key" => new Entry { Key = other },
            "kind" => new Entry { SignatureType = 3 },
            "no signature" => new Entry { HasSignature = false },
            _ => new Entry { HasAttributes = false },
        };
        Assert.Equal("ima.validation.ima-ng.not_in_allowlist", Assert.Single(Appraise(entry).Failures).EventId);
    }

    [Fact]
    public void Hashes_the_fields_as_the_kernel_does()
    {
        // boot_aggregate is no file, so it has none of the fields.
        var (line, data) = new Entry { Name = "boot_aggregate", HasSignature = false, HasAttributes = false, HasInode = false }.ToLine(_key);
        Assert.EndsWith(" boot_aggregate       ", line, StringComparison.Ordinal);
        Assert.Equal(SHA1.HashData(data), Convert.FromHexString(line.Split(' ')[1]));
        Assert.Empty(ImaListAppraisal.Appraise(Encoding.UTF8.GetBytes(line + "\n"), null, TpmAlgorithm.Sha1, Extended(data), null, ImaKeyring.Empty, true, new(TimeProvider.System)).Failures);
    }

    [Theory]
    [InlineData("x", "0a000000", "ff", "1", "1", "1")]
    [InlineData("x", "ffffffff", "ff", "1", "1", "1")]
    [InlineData("x|y", "01", "", "4294967296", "1", "1")]
    [InlineData("", "00000000", "", "1", "1", "65536")]
    [InlineData("security.ima", "0000000000000000", "zz", "1", "1", "1")]
    public void Bears_fields_that_do_not_fit_each_other(string names, string lengths, string values, string user, string group, string mode)
    {
        var line = $"10 {new string('a', 40)} evm-sig sha256:{Convert.ToHexStringLower(FileDigest)} /bin/tool 0502 {names} {lengths} {values} {user} {group} {mode}";
        var result = ImaListAppraisal.Appraise(Encoding.UTF8.GetBytes(line), null, TpmAlgorithm.Sha1, new byte[20], null, Keys(_key), true, new(TimeProvider.System));
        Assert.Contains(result.Failures, failure => failure.EventId is "ima.parser.entry" or "ima.validation.ima_hash");
    }

    [Fact]
    public void Judges_every_truncation_and_flip_without_an_exception()
    {
        var (line, policy, keys) = (Encoding.UTF8.GetBytes(new Entry().ToLine(_key).Line), Policy("{}"), Keys(_key));
        for (var i = 0; i < line.Length; i++)
        {
            var result = ImaListAppraisal.Appraise(line.AsSpan(0, i), null, TpmAlgorithm.Sha1, Extended([]), policy, keys, true, new(TimeProvider.System));
            Assert.NotEmpty(result.Failures);
            var flipped = line.ToArray();
            flipped[i] ^= 0x15;
            Assert.NotEmpty(ImaListAppraisal.Appraise(flipped, null, TpmAlgorithm.Sha1, Extended([]), policy, keys, true, new(TimeProvider.System)).Failures);
        }
    }

    private ImaListResult Appraise(Entry entry, string digests = "{}")
    {
        var (line, data) = entry.ToLine(_key);
        return ImaListAppraisal.Appraise(Encoding.UTF8.GetBytes(line + "\n"), null, TpmAlgorithm.Sha1, Extended(data), Policy(digests), Keys(_key), true, new(TimeProvider.System));
    }

    private static byte[] Extended(byte[] data) => SHA1.HashData([.. new byte[20], .. SHA1.HashData(data)]);

    private static ImaKeyring Keys(ECDsa key) => ImaKeyring.Empty.TryAdd(key.ExportSubjectPublicKeyInfo(), out var keys) ? keys : throw new InvalidOperationException();

    private static RuntimePolicy Policy(string digests) => RuntimePolicy.TryCompile(Encoding.UTF8.GetBytes($$$"""
        {"meta":{"version":1,"generator":2},"release":0,"digests":{{{digests}}},"excludes":[],"keyrings":{},"ima":{"ignored_keyrings":[],"log_hash_alg":"sha1","dm_policy":null},"ima-buf":{},"verification-keys":""}
        """), out var policy, out var fault) ? policy : throw new InvalidOperationException(fault.ToString());

    /// <summary>An entry whose signature is over the constants above; what a test changes is shown, but was not signed.</summary>
    private sealed record Entry
    {
        public string Name { get; init; } = "/bin/tool";
        public string HashName { get; init; } = "sha256";
        public byte[] Digest { get; init; } = FileDigest;
        public byte[] LabelShown { get; init; } = Label;
        public uint UserId { get; init; } = EvmSignatureTests.UserId;
        public ushort Mode { get; init; } = EvmSignatureTests.Mode;
        public byte SignatureType { get; init; } = 5;
        public bool HasSignature { get; init; } = true;
        public bool HasAttributes { get; init; } = true;
        public bool HasInode { get; init; } = true;
        public ECDsa? Key { get; init; }

        public (string Line, byte[] Data) ToLine(ECDsa key)
        {
            byte[] digest = [.. Encoding.ASCII.GetBytes(HashName + ":\0"), .. Digest];
            byte[] names = HasAttributes ? "security.selinux|security.ima\0"u8.ToArray() : [];
            byte[] lengths = HasAttributes ? [.. Word((uint)LabelShown.Length), .. Word((uint)ImaAttribute.Length)] : [];
            byte[] values = HasAttributes ? [.. LabelShown, .. ImaAttribute] : [];
            byte[] signature = HasSignature ? Sign(Key ?? key, key) : [];
            byte[][] inode = HasInode ? [Word(UserId), Word(GroupId), Word(Mode)[..2]] : [[], [], []];
            byte[] data = [.. Sized(digest), .. Sized([.. Encoding.UTF8.GetBytes(Name), 0]), .. Sized(signature), .. Sized(names), .. Sized(lengths), .. Sized(values), .. inode.SelectMany(Sized)];
            var shown = HasInode ? string.Create(CultureInfo.InvariantCulture, $"{UserId} {GroupId} {Mode}") : "  ";
            return ($"10 {Convert.ToHexStringLower(SHA1.HashData(data))} evm-sig {HashName}:{Convert.ToHexStringLower(Digest)} {Name} {Convert.ToHexStringLower(signature)} "
                + $"{Encoding.ASCII.GetString(names).TrimEnd('\0')} {Convert.ToHexStringLower(lengths)} {Convert.ToHexStringLower(values)} {shown}", data);
        }

        private byte[] Sign(ECDsa signer, ECDsa named)
        {
            byte[] misc = [.. new byte[12], .. Word(EvmSignatureTests.UserId), .. Word(GroupId), .. Word(EvmSignatureTests.Mode)[..2], 0, 0];
            var signature = signer.SignHash(SHA256.HashData([.. Label, .. ImaAttribute, .. misc]), DSASignatureFormat.Rfc3279DerSequence);
            // Named for the key of the key ring, whoever signed.
            return [SignatureType, 2, 4, .. BigEndian(Keys(named).KeyIds.First()), (byte)(signature.Length >> 8), (byte)signature.Length, .. signature];
        }

        private static byte[] Sized(byte[] bytes) => [.. Word((uint)bytes.Length), .. bytes];

        private static byte[] Word(uint value) => BitConverter.GetBytes(value);

        private static byte[] BigEndian(uint value)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
            return bytes;
        }
    }
}
