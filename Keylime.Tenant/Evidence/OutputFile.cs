using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Keylime.Tenant.Evidence;

/// <summary>What the making verbs write.</summary>
internal static class OutputFile
{
    public static Option<string> CreateOption(string description) => new("--write") { Description = description, HelpName = "FILE", Required = true };

    /// <summary>Writes the file and tells what it is.</summary>
    public static JsonObject Write(string path, ReadOnlySpan<byte> content)
    {
        File.WriteAllBytes(FileNames.Check(path), content);
        return new() { ["file"] = path, ["bytes"] = content.Length, ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(content)) };
    }
}
