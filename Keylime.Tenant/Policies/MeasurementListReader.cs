using System.Text;
using System.Text.RegularExpressions;
using Keylime.Tenant.Evidence;

namespace Keylime.Tenant.Policies;

/// <summary>Takes the files, keyrings and buffers of an IMA list over into a policy.</summary>
internal static class MeasurementListReader
{
    public static void Add(RuntimePolicyWriter policy, string path, Regex[] excludes)
    {
        var number = 0;
        foreach (var line in Encoding.UTF8.GetString(InputFile.Read(path)).Split('\n'))
        {
            number++;
            if (line.Length > 0) AddEntry(policy, line.Split(' '), excludes, $"{path}, line {number}");
        }
    }

    // <pcr> <template hash> <template> <[alg:]digest> <name> [signature or buffer]
    private static void AddEntry(RuntimePolicyWriter policy, string[] fields, Regex[] excludes, string where)
    {
        if (fields.Length < 5) throw new UserErrorException($"{where}: not an entry of an IMA list");
        // A violation: the file was written while it was measured, and its digest says nothing.
        if (fields[1].AsSpan().TrimStart('0').IsEmpty) return;
        var digest = fields[3][(fields[3].LastIndexOf(':') + 1)..];
        var name = fields[4];
        if (digest.Length is < 32 or > 128 || !digest.All(char.IsAsciiHexDigitLower)) throw new UserErrorException($"{where}: not a digest");
        if (fields[2] != "ima-buf")
        {
            if (!Array.Exists(excludes, exclude => exclude.IsMatch(name))) policy.AddFile(name, digest);
        }
        else if (name is ['.' or '_', ..]) policy.AddKeyring(name, digest);
        else policy.AddBuffer(name, digest);
    }
}
