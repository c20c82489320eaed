using System.Text;
using Keylime.Attestation.Ima;
using Keylime.Tpm;

namespace Keylime.ImaMeasurer;

/// <summary>The list as a file, and what PCR 10 is after all of its entries.</summary>
internal sealed class MeasurementList
{
    private readonly string _path;
    private readonly PcrBanks _banks;
    private readonly Dictionary<string, string> _digests = new(StringComparer.Ordinal);

    private MeasurementList(string path, PcrBanks banks)
    {
        _path = path;
        _banks = banks;
        Replayed = banks.Zero();
        BeforeLast = Replayed;
    }

    /// <summary>PCR 10 in every bank after all entries.</summary>
    public PcrValues Replayed { get; private set; }

    /// <summary>PCR 10 before the last entry.</summary>
    public PcrValues BeforeLast { get; private set; }

    public ImaNgEntry? Last { get; private set; }

    /// <summary>Reads the list, if there is one. Half a line at the end, from a tool that was killed while it wrote, is cut off: nothing was extended for it.</summary>
    /// <exception cref="ListDisagreesException">The file holds something that this tool did not write.</exception>
    public static MeasurementList Load(string path, PcrBanks banks)
    {
        var list = new MeasurementList(path, banks);
        if (!File.Exists(path)) return list;
        var text = File.ReadAllText(path);
        var whole = text.LastIndexOf('\n') + 1;
        foreach (var line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            list.Count(ImaNgEntry.TryParse(line, out var entry) ? entry : throw new ListDisagreesException($"{path}: '{line}' is not an entry that this tool wrote"));
        if (whole != text.Length)
        {
            // Shared: an agent may have the list open.
            using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(Encoding.UTF8.GetByteCount(text.AsSpan(0, whole)));
        }
        return list;
    }

    /// <summary>An empty list in place of whatever was there.</summary>
    public static MeasurementList Begin(string path, PcrBanks banks)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        using (new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite)) { }
        return new(path, banks);
    }

    /// <summary>Whether a file of this name was measured last with this digest.</summary>
    public bool Knows(ImaNgEntry entry) => _digests.GetValueOrDefault(entry.Name) == entry.DigestText;

    public void Append(ImaNgEntry entry)
    {
        using (var file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
            file.Write(Encoding.UTF8.GetBytes(entry.Line + "\n"));
        Count(entry);
    }

    private void Count(ImaNgEntry entry)
    {
        Last = entry;
        BeforeLast = Replayed;
        Replayed = _banks.Extend(Replayed, entry);
        _digests[entry.Name] = entry.DigestText;
    }
}

/// <summary>The list and PCR 10 do not tell the same story, and no crash of this tool explains it.</summary>
internal sealed class ListDisagreesException(string message) : Exception(message);
