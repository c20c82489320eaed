using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Keylime.Tpm.Structures;

/// <summary>The RSA part of a public area: TPMS_RSA_PARMS without scheme and cipher, and the modulus.</summary>
/// <param name="KeyBits">Size of the modulus in bits.</param>
/// <param name="Exponent">Public exponent; 0 stands for 65537.</param>
/// <param name="Modulus">Modulus, big-endian. In a template: whatever the template prescribes.</param>
/// <remarks>TPM 2.0 Part 2, TPMS_RSA_PARMS (12.2.3.5) and TPM2B_PUBLIC_KEY_RSA (11.2.4.5).</remarks>
public sealed record RsaPublic(ushort KeyBits, uint Exponent, ReadOnlyMemory<byte> Modulus)
{
    /// <summary>Largest key size that is read.</summary>
    public const int MaxKeyBits = 4096;
    private const int MinKeyBits = 1024;
    private const uint DefaultExponent = 65537;

    /// <summary>The key of an existing RSA object; what an RSA object exports.</summary>
    public static RsaPublic FromParameters(RSAParameters parameters)
    {
        var exponent = 0u;
        foreach (var digit in parameters.Exponent!) exponent = checked(exponent << 8 | digit);
        return new((ushort)(parameters.Modulus!.Length * 8), exponent == DefaultExponent ? 0 : exponent, parameters.Modulus);
    }

    /// <summary>The key as .NET's parameters.</summary>
    public RSAParameters ToParameters()
    {
        var exponent = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(exponent, Exponent == 0 ? DefaultExponent : Exponent);
        return new() { Modulus = Modulus.ToArray(), Exponent = exponent.AsSpan().TrimStart((byte)0).ToArray() };
    }

    internal static (ushort KeyBits, uint Exponent) ReadParameters(ref TpmReader reader)
    {
        var bits = reader.ReadUInt16();
        if (bits is < MinKeyBits or > MaxKeyBits || bits % 8 != 0) reader.Fail(ParseFault.BadValue);
        var exponent = reader.ReadUInt32();
        // An exponent of 1 makes every number its own signature; an even one belongs to no key.
        if (exponent != 0 && (exponent < 3 || exponent % 2 == 0)) reader.Fail(ParseFault.BadValue);
        return (bits, exponent);
    }

    internal static RsaPublic Read(ref TpmReader reader, ushort bits, uint exponent)
    {
        var modulus = reader.ReadSized(MaxKeyBits / 8);
        if (modulus.IsEmpty || modulus.Length != bits / 8) reader.Fail(ParseFault.BadSize);
        else if ((modulus[0] & 0x80) == 0 || (modulus[^1] & 1) == 0) reader.Fail(ParseFault.BadKey);
        return new(bits, exponent, modulus.ToArray());
    }
}
