using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Keylime.Protocol.V2;

/// <summary>What a verifier or tenant asks an agent to quote. Refusals are the Rust agent's, word for word: verifiers look for some of them.</summary>
/// <param name="Nonce">Its bytes are signed along. ASCII letters and digits.</param>
/// <param name="Mask">Bit n asks for PCR n. PCR 16 is quoted in any case.</param>
/// <param name="WithKey">Whether the payload key is wanted too (<c>partial=0</c>).</param>
/// <param name="FirstImaEntry">First entry of the IMA list that is wanted; null when no list is.</param>
public sealed record QuoteParameters(string Nonce, uint Mask, bool WithKey, long? FirstImaEntry)
{
    /// <summary>Finds a value that a request's query must have exactly once; else the error is for the peer.</summary>
    public delegate bool QueryLookup(string name, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? error);

    /// <summary>Longest qualifying data that every TPM takes, in bytes.</summary>
    private const int MaxNonceBytes = 64;

    private const int PcrCount = 24;

    /// <summary>Reads the query of <c>/quotes/identity</c>; on failure <paramref name="error"/> is for the peer.</summary>
    public static bool TryReadIdentity(QueryLookup query, [NotNullWhen(true)] out QuoteParameters? parameters, [NotNullWhen(false)] out string? error)
    {
        parameters = null;
        if (!query("nonce", out var nonce, out error)) return false;
        error = IsAlphanumeric(nonce) ? CheckLength(nonce) : $"Parameters should be strictly alphanumeric: {nonce}";
        if (error is null) parameters = new(nonce, Mask: 0, WithKey: true, FirstImaEntry: null);
        return error is null;
    }

    /// <summary>Reads the query of <c>/quotes/integrity</c>; on failure <paramref name="error"/> is for the peer.</summary>
    public static bool TryReadIntegrity(QueryLookup query, [NotNullWhen(true)] out QuoteParameters? parameters, [NotNullWhen(false)] out string? error)
    {
        parameters = null;
        if (!query("nonce", out var nonce, out error) || !query("mask", out var maskText, out error) || !query("partial", out var partial, out error)) return false;
        error = CheckMask(maskText, out var mask);
        if (!IsAlphanumeric(nonce)) error = $"nonce should be strictly alphanumeric: {nonce}";
        error ??= CheckLength(nonce) ?? (partial is "0" or "1" ? null : "uri must contain key 'partial' and value '0' or '1'");
        if (error is null) parameters = new(nonce, mask, WithKey: partial == "0", ReadEntry(query));
        return error is null;
    }

    private static bool IsAlphanumeric(string text) => text.All(char.IsAsciiLetterOrDigit);

    private static string? CheckLength(string nonce) =>
        nonce.Length <= MaxNonceBytes ? null : $"Nonce is too long (max size: {MaxNonceBytes}): {nonce.Length}";

    private static string? CheckMask(string text, out uint mask)
    {
        mask = 0;
        if (!IsAlphanumeric(text)) return $"mask should be strictly alphanumeric: {text}";
        var digits = text.StartsWith("0x", StringComparison.Ordinal) ? text.AsSpan(2) : text;
        if (!uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out mask))
            return $"mask should be a hex encoded 32-bit integer: {text}";
        return mask >> PcrCount == 0 ? null : $"only pcrs 0-23 can be included in integrity quote, but mask was {text}";
    }

    /// <summary>What is no number asks for the whole list, as with the Rust agent; so does a number beyond any list.</summary>
    private static long ReadEntry(QueryLookup query) =>
        query("ima_ml_entry", out var text, out _) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var entry) ? entry : 0;
}
