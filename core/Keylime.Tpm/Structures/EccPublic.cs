using System.Security.Cryptography;

namespace Keylime.Tpm.Structures;

/// <summary>The elliptic-curve part of a public area: TPMS_ECC_PARMS without scheme and cipher, and the point.</summary>
/// <param name="Curve">The curve.</param>
/// <param name="X">X coordinate, big-endian, as long as the curve's prime. In a template: whatever the template prescribes.</param>
/// <param name="Y">Y coordinate, in the same form.</param>
/// <remarks>TPM 2.0 Part 2, TPMS_ECC_PARMS (12.2.3.6) and TPMS_ECC_POINT (11.2.5.2).</remarks>
public sealed record EccPublic(TpmEccCurve Curve, ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> Y)
{
    /// <summary>Longest coordinate (P-521), in bytes.</summary>
    public const int MaxCoordinateBytes = 66;

    /// <summary>Size of a coordinate on the curve, in bytes; 66 for P-521.</summary>
    /// <exception cref="InvalidOperationException">The curve is not one of <see cref="TpmEccCurve"/>.</exception>
    public int CoordinateBytes => Parameters.CoordinateBytes;

    /// <summary>Size of the curve's prime in bits.</summary>
    /// <exception cref="InvalidOperationException">The curve is not one of <see cref="TpmEccCurve"/>.</exception>
    public int KeyBits => Parameters.Bits;

    private EccCurveParameters Parameters =>
        EccCurveParameters.Find(Curve) ?? throw new InvalidOperationException($"Unknown curve {Curve}.");

    /// <summary>The key of an existing ECDsa or ECDiffieHellman object.</summary>
    public static EccPublic FromParameters(TpmEccCurve curve, ECParameters parameters) => new(curve, parameters.Q.X, parameters.Q.Y);

    /// <summary>The key as .NET's parameters, coordinates padded to the curve's size.</summary>
    public ECParameters ToParameters() =>
        new() { Curve = Parameters.Curve, Q = new() { X = Pad(X.Span), Y = Pad(Y.Span) } };

    internal static TpmEccCurve ReadCurve(ref TpmReader reader)
    {
        var curve = (TpmEccCurve)reader.ReadUInt16();
        if (EccCurveParameters.Find(curve) is null) reader.Fail(ParseFault.UnknownAlgorithm);
        return curve;
    }

    internal static EccPublic Read(ref TpmReader reader, TpmEccCurve curve)
    {
        var x = ReadCoordinate(ref reader, curve);
        var y = ReadCoordinate(ref reader, curve);
        // Checked here, so that no key can be made later from a point that leaks or forges through a weaker curve.
        if (!reader.Failed && !EccCurveParameters.Find(curve)!.IsOnCurve(x, y)) reader.Fail(ParseFault.BadKey);
        return new(curve, x.ToArray(), y.ToArray());
    }

    private static ReadOnlySpan<byte> ReadCoordinate(ref TpmReader reader, TpmEccCurve curve)
    {
        var coordinate = reader.ReadSized(MaxCoordinateBytes);
        if (EccCurveParameters.Find(curve)?.AllowsLength(coordinate.Length) != true) reader.Fail(ParseFault.BadSize);
        return coordinate;
    }

    private byte[] Pad(ReadOnlySpan<byte> coordinate)
    {
        var padded = new byte[CoordinateBytes];
        coordinate.CopyTo(padded.AsSpan(padded.Length - coordinate.Length));
        return padded;
    }
}
