using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation.Ima;

namespace Keylime.Attestation.Tests.Ima;

/// <summary>What a signature in an IMA list vouches for, and the keys that may make one.</summary>
public sealed class ImaSignatureTests : IDisposable
{
    private const byte OfFile = 3, OfMetadata = 5, OfVerity = 6, Sha256Id = 4;
    private const string NotListed = "ima.validation.ima-ng.not_in_allowlist";

    private static readonly byte[] Digest = SHA256.HashData("content"u8);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private byte[] PublicKey => _key.ExportSubjectPublicKeyInfo();

    private ImaKeyring Keys => ImaKeyring.Empty.TryAdd(PublicKey, out var keys) ? keys : throw new InvalidOperationException();

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData("ima-sig", "sha256", OfFile, true)]
    [InlineData("ima-sigv2", "ima:sha256", OfFile, true)]
    [InlineData("ima-sigv2", "verity:sha256", OfFile, false)]
    [InlineData("ima-sigv2", "verity:sha256", OfVerity, true)]
    [InlineData("ima-sig", "sha256", OfVerity, true)] // does not tell what its digest is; the signature does
    [InlineData("ima-sigv2", "ima:sha256", OfVerity, false)]
    [InlineData("ima-sig", "sha256", OfMetadata, false)]
    [InlineData("ima-sigv2", "ima:sha256", OfMetadata, false)]
    public void Takes_a_signature_for_digests_of_its_own_kind_only(string template, string digestName, byte type, bool isGood) =>
        Assert.Equal(isGood ? [] : [NotListed], new ImaListBuilder().Add(template, digestName, Digest, "/bin/tool", Sign(type, Digest)).Appraise(ImaListBuilder.Policy(), Keys));

    [Fact]
    public void Takes_no_verity_signature_over_the_bare_digest()
    {
        var signature = ImaListBuilder.Signature(OfVerity, 3, Sha256Id, Keys.KeyIds.First(), _key.SignHash(Digest, DSASignatureFormat.Rfc3279DerSequence));
        Assert.Equal([NotListed], new ImaListBuilder().Add("ima-sigv2", "verity:sha256", Digest, "/bin/tool", signature).Appraise(ImaListBuilder.Policy(), Keys));
    }

    [Fact]
    public void Takes_no_digest_that_is_longer_than_its_hash() => // ECDSA looks at the first 32 bytes only
        Assert.Equal([NotListed], new ImaListBuilder().Add("ima-sig", "sha256", [.. Digest, .. new byte[32]], "/bin/tool", Sign(OfFile, Digest)).Appraise(ImaListBuilder.Policy(), Keys));

    [Theory]
    [InlineData("sha512")]
    [InlineData("sha1")]
    public void Takes_no_signature_of_another_hash_than_the_digest_has(string hash) =>
        Assert.Equal([NotListed], new ImaListBuilder().Add("ima-sig", hash, Digest, "/bin/tool", Sign(OfFile, Digest)).Appraise(ImaListBuilder.Policy(), Keys));

    [Theory]
    [InlineData("listed", true)]
    [InlineData("not listed", false)]
    [InlineData("excluded", false)]
    [InlineData("excluded and listed", true)]
    [InlineData("ignored", false)]
    [InlineData("all ignored", false)]
    public void Learns_a_key_only_when_its_ring_and_digest_are_listed(string how, bool isLearned)
    {
        var listed = $$"""
            "keyrings":{".ima":["{{Convert.ToHexStringLower(SHA256.HashData(PublicKey))}}"]}
            """;
        var ignored = (string name) => $$"""
            "ima":{"ignored_keyrings":["{{name}}"],"log_hash_alg":"sha1","dm_policy":null}
            """;
        const string Excluded = "\"excludes\":[\"\\\\.ima$\"]";
        var policy = ImaListBuilder.Policy(how switch
        {
            "listed" => listed,
            "not listed" => "",
            "excluded" => Excluded,
            "excluded and listed" => $"{Excluded},{listed}",
            "ignored" => $"{ignored(".ima")},{listed}",
            _ => $"{ignored("*")},{listed}",
        });
        var list = new ImaListBuilder().AddBuffer(".ima", PublicKey).Add("ima-sig", "sha256", Digest, "/bin/tool", Sign(OfFile, Digest));

        string[] keyFailures = how == "not listed" ? [NotListed] : [];
        Assert.Equal([.. keyFailures, .. isLearned ? Array.Empty<string>() : [NotListed]], list.Appraise(policy, ImaKeyring.Empty));
    }

    [Fact]
    public void Takes_no_signature_that_comes_before_its_key()
    {
        var policy = ImaListBuilder.Policy($$"""
            "keyrings":{".ima":["{{Convert.ToHexStringLower(SHA256.HashData(PublicKey))}}"]}
            """);
        Assert.Equal([NotListed], new ImaListBuilder().Add("ima-sig", "sha256", Digest, "/bin/tool", Sign(OfFile, Digest)).AddBuffer(".ima", PublicKey).Appraise(policy, ImaKeyring.Empty));
    }

    [Fact]
    public void Matches_a_verity_digest_with_the_policy_like_any_other()
    {
        var policy = ImaListBuilder.Policy($$"""
            "digests":{"/bin/tool":["{{Convert.ToHexStringLower(Digest)}}"]}
            """);
        Assert.Empty(new ImaListBuilder().Add("ima-ngv2", "verity:sha256", Digest, "/bin/tool").Appraise(policy, ImaKeyring.Empty));
    }

    [Theory]
    [InlineData("unsigned", false)]
    [InlineData("badly signed", false)]
    [InlineData("signed", true)]
    public void Demands_a_signature_where_there_are_keys_and_no_policy(string how, bool isGood)
    {
        var signature = how switch { "unsigned" => [], "badly signed" => Sign(OfFile, SHA256.HashData("other"u8)), _ => Sign(OfFile, Digest) };
        foreach (var (template, digestName) in (ReadOnlySpan<(string, string)>)[("ima-sig", "sha256"), ("ima-sigv2", "ima:sha256")])
        {
            var list = new ImaListBuilder().Add(template, digestName, Digest, "boot_aggregate", (byte[])[]).Add(template, digestName, Digest, "/bin/tool", signature);
            Assert.Equal(isGood ? [] : ["ima.validator.ima-sig.invalid_signature"], list.Appraise(policy: null, Keys));
            Assert.Empty(list.Appraise(policy: null, ImaKeyring.Empty));
        }
    }

    [Fact]
    public void Demands_no_signature_of_a_template_that_shows_none() =>
        Assert.Empty(new ImaListBuilder().Add("ima-ng", "sha256", Digest, "/bin/tool").AddBuffer("kexec-cmdline", [1]).Appraise(policy: null, Keys));

    [Fact]
    public void Takes_no_entry_for_one_of_another_template()
    {
        // 276 bytes of ima-ng are the digest and name of the first template, whose path an exclude list may let through.
        var path = "/" + new string('a', 226);
        byte[] data = [.. BitConverter.GetBytes(40), .. "sha256:\0"u8, .. Digest, .. BitConverter.GetBytes(path.Length + 1), .. Encoding.ASCII.GetBytes(path), 0];
        Assert.Equal(276, data.Length);
        byte[] text = [.. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(data[..20])), (byte)' ', .. data.AsSpan(20).TrimEnd((byte)0)];

        var failures = new ImaListBuilder().Add("ima", data, text).Appraise(ImaListBuilder.Policy("""
            "excludes":["(?s).*/a+"]
            """), ImaKeyring.Empty);

        Assert.Contains("ima.parser.entry", failures);
    }

    private byte[] Sign(byte type, byte[] digest)
    {
        var signed = type == OfVerity ? SHA256.HashData([type, Sha256Id, .. digest]) : digest;
        return ImaListBuilder.Signature(type, (byte)(type == OfVerity ? 3 : 2), Sha256Id, Keys.KeyIds.First(), _key.SignHash(signed, DSASignatureFormat.Rfc3279DerSequence));
    }
}
