using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Devices;

namespace Keylime.ImaMeasurer;

/// <summary>One machine to play the kernel for.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Tpm">Where its TPM is, as tpm2-tools spell it (TCTI).</param>
/// <param name="Root">Folder whose files are measured; their paths begin here.</param>
/// <param name="ListFile">The measurement list, in the kernel's ASCII form. Must not lie below <paramref name="Root"/>: it would be measured for ever.</param>
internal sealed record Machine(string Name, TctiName Tpm, string Root, string ListFile)
{
    /// <summary>Reads <c>NAME,TCTI,ROOT_FOLDER,LIST_FILE</c>. A TCTI may hold commas itself, so the others are counted from both ends.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Machine? machine, [NotNullWhen(false)] out string? error)
    {
        machine = null;
        var parts = text.Split(',');
        if (parts.Length < 4 || parts.Any(string.IsNullOrWhiteSpace))
        {
            error = $"'{text}' is not NAME,TCTI,ROOT_FOLDER,LIST_FILE";
            return false;
        }
        var (root, list) = (Path.GetFullPath(parts[^2]), Path.GetFullPath(parts[^1]));
        if (list.StartsWith(root.TrimEnd('/') + '/', StringComparison.Ordinal))
        {
            error = $"the list {list} lies in the measured folder {root}";
            return false;
        }
        if (!TctiName.TryParse(string.Join(',', parts[1..^2]), out var tpm, out error)) return false;
        machine = new(parts[0], tpm, root, list);
        return true;
    }
}
