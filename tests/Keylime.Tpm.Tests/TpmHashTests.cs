using System.Globalization;
using Keylime.Testing;

namespace Keylime.Tpm.Tests;

public sealed class TpmHashTests
{
    [VectorTheory]
    [InlineData("sha1")]
    [InlineData("sha256")]
    [InlineData("sha384")]
    [InlineData("sha512")]
    public void Extends_like_a_tpm(string bankName)
    {
        Assert.True(TpmHash.TryParseHashName(bankName, out var bank));
        var vectors = Vectors.ReadJson("tpm/pcr-extend/sequences.json");
        foreach (var sequence in vectors.GetProperty("sequences").EnumerateArray())
        {
            var value = new byte[bank.DigestBytes()];
            Array.Fill(value, Convert.FromHexString(sequence.GetProperty("initial").GetString()!)[0]);
            foreach (var extend in sequence.GetProperty("extends").EnumerateArray())
                // An extend names the banks that it touches; the others keep their value.
                if (extend.TryGetProperty(bankName, out var digest)) bank.Extend(value, Convert.FromHexString(digest.GetString()!));

            var pcr = sequence.GetProperty("pcr").GetInt32().ToString(CultureInfo.InvariantCulture);
            Assert.Equal(vectors.GetProperty("final").GetProperty(bankName).GetProperty(pcr).GetString(), Convert.ToHexStringLower(value));
        }
    }

    [Theory]
    [InlineData(TpmAlgorithm.Sha1, 20, "sha1")]
    [InlineData(TpmAlgorithm.Sha256, 32, "sha256")]
    [InlineData(TpmAlgorithm.Sha384, 48, "sha384")]
    [InlineData(TpmAlgorithm.Sha512, 64, "sha512")]
    public void Knows_sizes_and_names(TpmAlgorithm hash, int bytes, string name)
    {
        Assert.Equal(bytes, hash.DigestBytes());
        Assert.Equal(bytes, hash.HashData([]).Length);
        Assert.Equal(name, hash.ToHashName());
        Assert.True(TpmHash.TryParseHashName(name, out var parsed));
        Assert.Equal(hash, parsed);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("SHA256")]
    [InlineData("sm3_256")]
    public void Refuses_other_names(string? name) => Assert.False(TpmHash.TryParseHashName(name, out _));

    [Theory]
    [InlineData(31, 32)]
    [InlineData(32, 20)]
    [InlineData(32, 0)]
    public void Extends_values_of_the_banks_length_only(int valueBytes, int digestBytes) =>
        Assert.Throws<ArgumentException>(() => TpmAlgorithm.Sha256.Extend(new byte[valueBytes], new byte[digestBytes]));

    [Fact]
    public void Refuses_to_compute_what_is_no_hash()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => TpmAlgorithm.Null.HashData([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => TpmAlgorithm.Sm3.Extend(new byte[32], new byte[32]));
    }
}
