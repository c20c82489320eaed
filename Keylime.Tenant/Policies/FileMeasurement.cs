using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Keylime.Tpm;

namespace Keylime.Tenant.Policies;

/// <summary>Hashes the files of a file system as IMA does.</summary>
internal static class FileMeasurement
{
    // What lives there is made at run time, or is not the image's.
    private static readonly HashSet<string> Skipped = ["/sys", "/run", "/proc", "/lost+found", "/dev", "/media", "/snap", "/mnt", "/var", "/tmp"];

    /// <summary>Adds every file that is not excluded.</summary>
    /// <returns>How many were passed over: pipes, sockets and devices, and names that are not UTF-8, which no policy can hold (a folder counts as one).</returns>
    public static async Task<int> AddAsync(RuntimePolicyWriter policy, string root, TpmAlgorithm hash, Regex[] excludes, CancellationToken ct)
    {
        if (!Directory.Exists(root)) throw new UserErrorException($"--rootfs: {root} is no folder");
        var prefix = root.TrimEnd('/');
        var gate = new Lock();
        var passedOver = 0;
        // Hashing is what takes the time, so it goes on every core.
        await Parallel.ForEachAsync(Files(prefix, () => passedOver++), ct, async (file, token) =>
        {
            var path = file.FullName[prefix.Length..];
            if (Array.Exists(excludes, exclude => exclude.IsMatch(path))) return;
            var digest = Convert.ToHexStringLower(await HashAsync(file, hash, token));
            lock (gate) policy.AddFile(path, digest);
        });
        return passedOver;
    }

    private static IEnumerable<FileInfo> Files(string prefix, Action passOver)
    {
        var open = new Stack<string>([prefix.Length == 0 ? "/" : prefix]);
        while (open.TryPop(out var folder))
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
                if (entry.LinkTarget is not null || Skipped.Contains(entry.FullName[prefix.Length..])) continue;
                else if (FileKind.IsFolder(entry.FullName)) open.Push(entry.FullName);
                else if (FileKind.IsRegular(entry.FullName)) yield return new(entry.FullName);
                else passOver();
    }

    private static async Task<byte[]> HashAsync(FileInfo file, TpmAlgorithm hash, CancellationToken ct)
    {
        await using var stream = file.OpenRead();
        return await CryptographicOperations.HashDataAsync(hash.ToHashAlgorithmName(), stream, ct);
    }
}
