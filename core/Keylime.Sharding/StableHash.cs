using System.Text;

namespace Keylime.Sharding;

/// <summary>The hash that everybody must agree on for ever: FNV-1a (64 bits) over UTF-8, then MurmurHash3's 64-bit finalizer.</summary>
/// <remarks>Shards are stored with agents and every member places shards by itself, so neither <see cref="string.GetHashCode()"/>
/// (random per process) nor a library's hash (may change) will do. FNV alone is weak in its high bits; the finalizer mends that.
/// It is no defence against ids chosen to collide: enrolling an agent takes an admin.</remarks>
internal static class StableHash
{
    private const ulong OffsetBasis = 0xcbf29ce484222325, Prime = 0x00000100000001b3, GoldenRatio = 0x9e3779b97f4a7c15;

    public static ulong Of(string text)
    {
        var hash = OffsetBasis;
        foreach (var octet in Encoding.UTF8.GetBytes(text)) hash = (hash ^ octet) * Prime;
        return Mix(hash);
    }

    /// <summary>Hash of a pair (text, number), from the text's hash.</summary>
    public static ulong Of(ulong textHash, int number) => Mix(textHash ^ unchecked((ulong)(number + 1L) * GoldenRatio));

    private static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }
}
