namespace Keylime.ServiceDefaults.Configuration;

/// <summary>Which files a component reads, and in which order: Keylime's search paths.</summary>
internal static class ConfigurationFiles
{
    /// <summary>The files, the one that wins last.</summary>
    /// <param name="component">Component, the stem of the file name.</param>
    /// <param name="configured">Value of <c>KEYLIME_COMPONENT_CONFIG</c>; it replaces all files.</param>
    /// <param name="root">The root folder, <c>/</c> outside tests.</param>
    public static IReadOnlyList<IniFile> Read(string component, string? configured, string root)
    {
        var dialect = component == "agent" ? IniDialect.Toml : IniDialect.Python;
        if (!string.IsNullOrEmpty(configured))
            return File.Exists(configured)
                ? [IniFile.Read(configured, dialect)]
                : throw new ConfigurationException($"KEYLIME_{component.ToUpperInvariant()}_CONFIG names '{configured}', which does not exist");
        var paths = dialect == IniDialect.Toml ? AgentPaths(component, root) : ServerPaths(component, root);
        return [.. paths.Select(path => IniFile.Read(path, dialect))];
    }

    // The Rust agent layers all of them.
    private static IEnumerable<string> AgentPaths(string component, string root)
    {
        foreach (var folder in (string[])["usr/etc/keylime", "etc/keylime"])
        {
            var file = Path.Combine(root, folder, component + ".conf");
            if (File.Exists(file)) yield return file;
            foreach (var dropIn in DropIns(file)) yield return dropIn;
        }
    }

    // Python takes the first base file that exists; drop-ins count only when there is one.
    private static IEnumerable<string> ServerPaths(string component, string root)
    {
        var vendor = Path.Combine(root, "usr/etc/keylime", component + ".conf");
        var own = Path.Combine(root, "etc/keylime", component + ".conf");
        var file = File.Exists(own) ? own : vendor;
        return File.Exists(file) ? [file, .. DropIns(vendor), .. DropIns(own)] : [];
    }

    private static IEnumerable<string> DropIns(string file) =>
        Directory.Exists(file + ".d") ? Directory.GetFiles(file + ".d").Order(StringComparer.Ordinal) : [];
}
