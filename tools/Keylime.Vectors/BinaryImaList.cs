using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Keylime.Vectors;

/// <summary>A list as <c>binary_runtime_measurements</c> has it, written as agents send it: <c>ascii_runtime_measurements</c>.</summary>
/// <remarks>Linux, security/integrity/ima/ima_fs.c. Little-endian. Templates <c>ima</c> and <c>ima-ng</c>, which are all that the tree holds in this form.</remarks>
internal static class BinaryImaList
{
    private const int TemplateHashBytes = 20;

    public static byte[] ToText(ReadOnlySpan<byte> list)
    {
        var text = new StringBuilder();
        // Some files of the tree went through an editor, which ends files with a line feed.
        while (list is not ([] or [(byte)'\n']))
        {
            var pcr = TakeNumber(ref list);
            var hash = Convert.ToHexStringLower(Take(ref list, TemplateHashBytes));
            var template = Encoding.ASCII.GetString(TakeSized(ref list));
            text.Append(CultureInfo.InvariantCulture, $"{pcr} {hash} {template} {Fields(template, ref list)}\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Fields(string template, ref ReadOnlySpan<byte> list)
    {
        if (template == "ima") return $"{Convert.ToHexStringLower(Take(ref list, TemplateHashBytes))} {Encoding.UTF8.GetString(TakeSized(ref list))}";
        if (template != "ima-ng") throw new VectorFormatException($"has the template {template} in binary form");
        var data = TakeSized(ref list);
        var digest = TakeSized(ref data);
        var name = TakeSized(ref data);
        var end = digest.IndexOf((byte)0);
        if (end < 0 || name is not [.., 0] || !data.IsEmpty) throw new VectorFormatException("has an entry whose fields do not fit its template");
        return $"{Encoding.ASCII.GetString(digest[..end])}{Convert.ToHexStringLower(digest[(end + 1)..])} {Encoding.UTF8.GetString(name[..^1])}";
    }

    private static ReadOnlySpan<byte> TakeSized(ref ReadOnlySpan<byte> list) => Take(ref list, TakeNumber(ref list));

    private static uint TakeNumber(ref ReadOnlySpan<byte> list) => BinaryPrimitives.ReadUInt32LittleEndian(Take(ref list, 4));

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> list, uint bytes)
    {
        if (bytes > list.Length) throw new VectorFormatException("ends inside an entry");
        var taken = list[..(int)bytes];
        list = list[(int)bytes..];
        return taken;
    }
}
