namespace Keylime.AppHost.Machines;

/// <summary>The measured files of a developer machine: a copy of the AppHost's <c>Workload</c> folder, standing for the machine's root.</summary>
internal sealed class Workload(string template, string machineFolder)
{
    /// <summary>The file that <see cref="Tamper"/> changes.</summary>
    private const string Tampered = "usr/bin/inventory";

    public string Root { get; } = Path.Combine(machineFolder, "root");

    public void Install()
    {
        foreach (var source in Directory.EnumerateFiles(template, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(Root, Path.GetRelativePath(template, source));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target, overwrite: true);
        }
    }

    /// <summary>What an intruder would do.</summary>
    public string Tamper()
    {
        File.AppendAllText(Path.Combine(Root, Tampered), "echo tampered\n");
        return $"/{Tampered}";
    }
}
