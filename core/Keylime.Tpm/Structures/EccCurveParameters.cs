using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Keylime.Tpm.Structures;

/// <summary>What has to be known of a curve to tell a point on it from any other pair of numbers.</summary>
/// <remarks>FIPS 186-4, D.1.2. All curves have a = -3 and cofactor 1, so a point that satisfies the equation is in the right
/// group.</remarks>
internal sealed class EccCurveParameters
{
    private static readonly Dictionary<TpmEccCurve, EccCurveParameters> Curves = new()
    {
        [TpmEccCurve.NistP192] = new(192, "1.2.840.10045.3.1.1",
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFFFFFFFFFF",
            "64210519E59C80E70FA7E9AB72243049FEB8DEECC146B9B1"),
        [TpmEccCurve.NistP224] = new(224, "1.3.132.0.33",
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF000000000000000000000001",
            "B4050A850C04B3ABF54132565044B0B7D7BFD8BA270B39432355FFB4"),
        [TpmEccCurve.NistP256] = new(256, "1.2.840.10045.3.1.7",
            "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF",
            "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B"),
        [TpmEccCurve.NistP384] = new(384, "1.3.132.0.34",
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF",
            "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF"),
        [TpmEccCurve.NistP521] = new(521, "1.3.132.0.35",
            "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF" +
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
            "0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109" +
            "E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00"),
    };

    private readonly BigInteger _prime;
    private readonly BigInteger _b;

    private EccCurveParameters(int bits, string oid, string prime, string b)
    {
        (Bits, Oid, _prime, _b) = (bits, oid, Number(prime), Number(b));

        static BigInteger Number(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    public int Bits { get; }

    public string Oid { get; }

    /// <summary>Size of a coordinate in bytes.</summary>
    public int CoordinateBytes => (Bits + 7) / 8;

    public ECCurve Curve => ECCurve.CreateFromValue(Oid);

    public static EccCurveParameters? Find(TpmEccCurve curve) => Curves.GetValueOrDefault(curve);

    /// <summary>The length of a coordinate, with the one exception seen on real TPMs: the lone top bit of P-521 left out.</summary>
    public bool AllowsLength(int bytes) => bytes == CoordinateBytes || (Bits == 521 && bytes == CoordinateBytes - 1);

    /// <summary>True when both numbers are below the prime and y² = x³ - 3x + b. The point at infinity has no such form.</summary>
    public bool IsOnCurve(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        var (u, v) = (new BigInteger(x, isUnsigned: true, isBigEndian: true), new BigInteger(y, isUnsigned: true, isBigEndian: true));
        return u < _prime && v < _prime && (v * v - u * u * u + 3 * u - _b) % _prime == 0;
    }
}
