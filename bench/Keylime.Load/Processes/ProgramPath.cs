namespace Keylime.Load.Processes;

/// <summary>Programs of this tree, where the build puts them: beside us.</summary>
internal static class ProgramPath
{
    private static readonly DirectoryInfo Ours = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    /// <summary>The artifacts folder of the build.</summary>
    public static string Artifacts => Ours.Parent!.Parent!.Parent!.FullName;

    public static string Of(string project) => Path.Combine(Artifacts, "bin", project, Ours.Name, $"{project}.dll");
}
