using System.IO.Compression;
using System.Text;

namespace Keylime.Agent.Tests.Payload;

/// <summary>Zips with entries of given names, contents and Unix modes.</summary>
internal static class ZipText
{
    public static byte[] Create(params (string Name, string Content, int Mode)[] entries)
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content, mode) in entries)
            {
                var entry = archive.CreateEntry(name, CompressionLevel.SmallestSize);
                entry.ExternalAttributes = mode << 16;
                using var stream = entry.Open();
                stream.Write(Encoding.UTF8.GetBytes(content));
            }
        return zip.ToArray();
    }
}
