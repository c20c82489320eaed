using System.IO.MemoryMappedFiles;

namespace Keylime.Fuzz.Engine;

/// <summary>Keeps the input that is being run in a mapped file. No handler survives a stack overflow; the file does, and tells what caused it.</summary>
internal sealed class LastInput : IDisposable
{
    private const int MaxBytes = 1 << 20;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public LastInput(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, MaxBytes);
        _view = _file.CreateViewAccessor();
    }

    public void Set(byte[] input)
    {
        _view.Write(0, input.Length);
        _view.WriteArray(sizeof(int), input, 0, Math.Min(input.Length, MaxBytes - sizeof(int)));
    }

    /// <summary>What was run last by a process that died.</summary>
    public static byte[] Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return bytes[sizeof(int)..(sizeof(int) + BitConverter.ToInt32(bytes))];
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
