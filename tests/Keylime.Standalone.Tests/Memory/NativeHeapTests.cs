using System.Runtime.InteropServices;
using Keylime.Standalone.Memory;

namespace Keylime.Standalone.Tests.Memory;

[Collection("native heap")] // Nobody else may trim between its looks.
public sealed unsafe class NativeHeapTests
{
    [Fact]
    public void Trim_returns_what_lies_free_below_what_is_used()
    {
        const int Size = 16 * 1024, Count = 4096;
        var blocks = new nint[Count];
        for (var i = 0; i < Count; i++)
        {
            blocks[i] = (nint)NativeMemory.Alloc(Size);
            NativeMemory.Fill((void*)blocks[i], Size, 1);
        }
        // The last one stays, and keeps malloc from shrinking the heap by itself.
        foreach (var block in blocks[..^1]) NativeMemory.Free((void*)block);
        var before = Environment.WorkingSet;
        NativeHeap.Trim();
        var returned = before - Environment.WorkingSet;
        NativeMemory.Free((void*)blocks[^1]);
        Assert.InRange(returned, Size * Count / 2, long.MaxValue);
    }
}
