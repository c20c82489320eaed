using System.Security.Cryptography;
using Keylime.FleetSimulator.Machines;
using Keylime.Protocol;
using Keylime.Tpm.Credentials;

namespace Keylime.FleetSimulator.Tests.Machines;

public sealed class KeyTests
{
    private static readonly byte[] s_secret = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public void One_seed_gives_the_same_ids_and_keys_and_another_seed_others()
    {
        var (first, again, other) = (new FleetSeed("a"), new FleetSeed("a"), new FleetSeed("b"));
        var id = first.IdOf(7);

        Assert.Equal(id, again.IdOf(7));
        Assert.NotEqual(id, other.IdOf(7));
        Assert.NotEqual(id, first.IdOf(8));
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", id.Value);
        Assert.Equal(NameOf(first, id), NameOf(again, id));
        Assert.NotEqual(NameOf(first, id), NameOf(other, id));

        static byte[] NameOf(FleetSeed seed, AgentId id)
        {
            using var keys = TpmKeys.Elliptic(seed, id);
            return keys.AttestationKey.ComputeName();
        }
    }

    [Fact]
    public void Every_pair_of_primes_is_a_key_of_its_own()
    {
        var keys = RsaKeys.For(6);
        var moduli = new HashSet<string>();
        for (var i = 0; i < 6; i++)
        {
            using var key = RSA.Create(keys.PrivateOf(i));
            using var publicKey = RSA.Create(keys.PublicOf(i));
            Assert.Equal(s_secret, key.Decrypt(publicKey.Encrypt(s_secret, RSAEncryptionPadding.OaepSHA256), RSAEncryptionPadding.OaepSHA256));
            Assert.True(moduli.Add(Convert.ToHexString(keys.PublicOf(i).Modulus!)));
        }
    }

    [Fact]
    public void A_credential_opens_for_the_elliptic_keys_that_it_is_for_alone()
    {
        var seed = new FleetSeed("a");
        using var keys = TpmKeys.Elliptic(seed, AgentId.Parse("one"));
        using var others = TpmKeys.Elliptic(seed, AgentId.Parse("two"));
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var blob = MakeCredential.ForEcc(keys.EndorsementKey, keys.AttestationKey.ComputeName(), s_secret, ephemeral);

        Assert.Equal(s_secret, keys.Activate(blob));
        Assert.Null(others.Activate(blob));
    }

    [Fact]
    public void A_credential_opens_for_the_rsa_keys_that_it_is_for_alone()
    {
        var primes = RsaKeys.For(4);
        using var keys = TpmKeys.Rsa(primes.PrivateOf(0), primes.PrivateOf(1));
        using var others = TpmKeys.Rsa(primes.PrivateOf(2), primes.PrivateOf(3));
        var blob = MakeCredential.ForRsa(keys.EndorsementKey, keys.AttestationKey.ComputeName(), s_secret, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));

        Assert.Equal(s_secret, keys.Activate(blob));
        Assert.Null(others.Activate(blob));
    }
}
