using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>What surrounds the parameters of every response.</summary>
/// <remarks>TPM 2.0 Part 1, Command/Response Structure (18).</remarks>
public static class ResponseFrame
{
    /// <summary>Tag, size and code: the shortest response, and the whole of one that failed.</summary>
    public const int HeaderBytes = 10;
    /// <summary>Longest response that is read.</summary>
    public const int MaxBytes = TpmWriter.MaxBytes;

    internal delegate T ReadParameters<out T>(ref TpmReader reader, uint handle);

    /// <summary>Reads how a command ended. The size in the header must be that of <paramref name="source"/>.</summary>
    public static bool TryReadCode(ReadOnlySpan<byte> source, out TpmResponseCode code, out ParseError error)
    {
        var reader = new TpmReader(source);
        code = ReadHeader(ref reader, source.Length, out _);
        reader.Take(source.Length - reader.Position);
        return reader.TryFinish(out error);
    }

    /// <summary>Reads a response that succeeded.</summary>
    /// <param name="source">The whole response.</param>
    /// <param name="sessions">Number of authorisations that the command had.</param>
    /// <param name="hasHandle">Whether a handle comes before the parameters.</param>
    /// <param name="read">Reads the parameters.</param>
    /// <param name="response">The result.</param>
    /// <param name="error">The fault.</param>
    internal static bool TryRead<T>(
        ReadOnlySpan<byte> source, int sessions, bool hasHandle, ReadParameters<T> read,
        [NotNullWhen(true)] out T? response, out ParseError error) where T : class
    {
        var reader = new TpmReader(source);
        var code = ReadHeader(ref reader, source.Length, out var tag);
        if (!code.IsSuccess) reader.Fail(ParseFault.BadValue);
        if (tag != (sessions == 0 ? CommandFrame.NoSessions : CommandFrame.Sessions)) reader.Fail(ParseFault.BadMagic);
        var handle = hasHandle ? reader.ReadUInt32() : 0;
        var length = sessions == 0 ? (uint)(source.Length - reader.Position) : reader.ReadUInt32();
        var start = reader.Position;
        response = read(ref reader, handle);
        if (reader.Position - start != length) reader.Fail(ParseFault.BadSize);
        for (var i = 0; i < sessions; i++) SkipSession(ref reader);
        if (reader.TryFinish(out error)) return true;
        response = null;
        return false;
    }

    private static TpmResponseCode ReadHeader(ref TpmReader reader, int length, out ushort tag)
    {
        tag = reader.ReadUInt16();
        if (reader.ReadUInt32() != length) reader.Fail(ParseFault.BadSize);
        return new(reader.ReadUInt32());
    }

    /// <summary>TPMS_AUTH_RESPONSE. The sessions have no key, so there is nothing in it to verify.</summary>
    private static void SkipSession(ref TpmReader reader)
    {
        reader.ReadSized(TpmHash.MaxDigestBytes);
        reader.ReadByte();
        reader.ReadSized(TpmHash.MaxDigestBytes);
    }
}
