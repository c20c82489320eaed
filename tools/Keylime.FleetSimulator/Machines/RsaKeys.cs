using System.Numerics;
using System.Security.Cryptography;

namespace Keylime.FleetSimulator.Machines;

/// <summary>RSA keys of 2048 bits for thousands of machines in seconds: every pair out of a few primes is a key of its own.</summary>
/// <remarks>Making a key costs about as much as signing with it a hundred times; k primes give k(k-1)/2 keys. Whoever knows two such keys can factor both if
/// they share a prime, so these are good for simulated machines only.</remarks>
internal sealed class RsaKeys
{
    private const int KeyBits = 2048;
    private static readonly BigInteger s_exponent = 65537;

    private readonly BigInteger[] _primes;

    private RsaKeys(BigInteger[] primes) => _primes = primes;

    /// <summary>Makes enough primes for <paramref name="count"/> keys.</summary>
    public static RsaKeys For(int count)
    {
        var primes = 2;
        while ((long)primes * (primes - 1) / 2 < count) primes += 2;
        var made = new BigInteger[primes];
        Parallel.For(0, primes / 2, i =>
        {
            using var key = RSA.Create(KeyBits);
            var parameters = key.ExportParameters(includePrivateParameters: true);
            (made[2 * i], made[2 * i + 1]) = (Number(parameters.P!), Number(parameters.Q!));
        });
        return new(made);
    }

    /// <summary>Key number <paramref name="index"/>, with its public part only.</summary>
    public RSAParameters PublicOf(int index)
    {
        var (p, q) = PrimesOf(index);
        return new() { Modulus = Bytes(p * q, KeyBits / 8), Exponent = [1, 0, 1] };
    }

    /// <summary>Key number <paramref name="index"/>.</summary>
    public RSAParameters PrivateOf(int index)
    {
        var (p, q) = PrimesOf(index);
        var d = Inverse(s_exponent, (p - 1) * (q - 1));
        return PublicOf(index) with
        {
            D = Bytes(d, KeyBits / 8),
            P = Bytes(p, KeyBits / 16),
            Q = Bytes(q, KeyBits / 16),
            DP = Bytes(d % (p - 1), KeyBits / 16),
            DQ = Bytes(d % (q - 1), KeyBits / 16),
            InverseQ = Bytes(Inverse(q, p), KeyBits / 16),
        };
    }

    /// <summary>Pairs in the order (1,0), (2,0), (2,1), (3,0) ...: a key's number keeps its primes however many there are.</summary>
    private (BigInteger P, BigInteger Q) PrimesOf(int index)
    {
        var larger = 1;
        while ((long)larger * (larger + 1) / 2 <= index) larger++;
        return (_primes[larger], _primes[index - larger * (larger - 1) / 2]);
    }

    /// <summary>Euclid's algorithm, extended.</summary>
    private static BigInteger Inverse(BigInteger value, BigInteger modulus)
    {
        var (r, next, t, following) = (modulus, value % modulus, BigInteger.Zero, BigInteger.One);
        while (!next.IsZero)
        {
            var quotient = r / next;
            (r, next) = (next, r - quotient * next);
            (t, following) = (following, t - quotient * following);
        }
        return t.Sign < 0 ? t + modulus : t;
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number, int length)
    {
        var bytes = new byte[length];
        number.TryWriteBytes(bytes.AsSpan(length - number.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true);
        return bytes;
    }
}
