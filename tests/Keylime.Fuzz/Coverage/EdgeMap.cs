using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Keylime.Fuzz.Coverage;

/// <summary>Counts of the edges that the last run took, written by the instrumented code, and all that were seen before.</summary>
/// <remarks>The layout is AFL's: a byte for each hash of (block before, block). Without instrumentation it stays empty.</remarks>
internal sealed unsafe class EdgeMap : IDisposable
{
    private const int Size = 1 << 16;

    private readonly byte* _hits = (byte*)NativeMemory.AllocZeroed(Size);
    /// <summary>Per edge a bit for each order of magnitude of its count.</summary>
    private readonly byte[] _seen = new byte[Size];

    /// <summary>Where edges are counted that nobody asks for: instrumented code writes whenever it runs.</summary>
    private static readonly byte* Nowhere = (byte*)NativeMemory.AllocZeroed(Size);

    public EdgeMap() => Trace.SharedMem = _hits;

    /// <summary>Number of edges seen so far.</summary>
    public int Count { get; private set; }

    public void Begin()
    {
        new Span<byte>(_hits, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Adds the last run; true when it took an edge never taken, or more often than ever by an order of magnitude.</summary>
    public bool Merge()
    {
        var isNew = false;
        var hits = new ReadOnlySpan<byte>(_hits, Size);
        for (var at = hits.IndexOfAnyExcept((byte)0); at < Size; at++)
        {
            if (at < 0) break;
            if (hits[at] == 0)
            {
                var skip = hits[at..].IndexOfAnyExcept((byte)0);
                if (skip < 0) break;
                at += skip;
            }
            var bit = (byte)(1 << BitOperations.Log2(hits[at]));
            if ((_seen[at] & bit) != 0) continue;
            if (_seen[at] == 0) Count++;
            _seen[at] |= bit;
            isNew = true;
        }
        return isNew;
    }

    /// <summary>Gives instrumented code a place to write to. Comes before anything of it runs.</summary>
    public static void Ignore() => Trace.SharedMem = Nowhere;

    public void Dispose()
    {
        Ignore();
        NativeMemory.Free(_hits);
    }
}
