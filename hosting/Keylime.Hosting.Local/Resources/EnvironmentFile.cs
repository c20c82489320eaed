namespace Aspire.Hosting.Resources;

/// <summary>The variables that a resource was started with, one <c>NAME=value</c> a line, readable by the user alone.</summary>
internal sealed class EnvironmentFile(string path)
{
    public void Write(IReadOnlyDictionary<string, string> variables)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        using var writer = new StreamWriter(file);
        foreach (var (name, value) in variables.Where(variable => !variable.Value.Contains('\n', StringComparison.Ordinal)))
            writer.WriteLine($"{name}={value}");
    }
}
