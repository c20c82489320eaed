using System.Runtime.InteropServices;

namespace Keylime.Standalone.Memory;

/// <summary>The C library's heap: TLS connections, the just-in-time compiler and SQLite live on it.</summary>
internal static partial class NativeHeap
{
    // <malloc.h>
    private const int MapFrom = -3;
    private const int MostArenas = -8;

    /// <summary>No arenas for new threads, of which there would be eight per processor: what each has once held stays with it. Large blocks, which are the compiler's, are
    /// mapped one by one and go when they are freed. A C library without these choices is left as it is.</summary>
    public static void KeepSmall()
    {
        if (!HasOptions) return;
        _ = SetOption(MostArenas, 1);
        _ = SetOption(MapFrom, 32 * 1024);
    }

    /// <summary>Returns free pages to the system, where the C library can.</summary>
    public static void Trim()
    {
        if (HasOptions) _ = Trim(0);
    }

    // glibc's: musl has neither.
    private static readonly bool HasOptions = NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out _)
        && NativeLibrary.TryGetExport(library, "mallopt", out _);

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);
}
