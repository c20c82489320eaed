using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Aspire.Hosting.Tests;

/// <summary>This assembly's Program.cs as a process of its own.</summary>
internal sealed class SampleAppHost : IDisposable
{
    private readonly Process _process;

    private SampleAppHost(Process process) => _process = process;

    public int Id => _process.Id;

    public static SampleAppHost Start(params string[] args) => StartWith(Path.GetTempPath(), args);

    /// <summary>As <see cref="Start"/>, with another folder for temporary files.</summary>
    public static SampleAppHost StartWith(string temporaryFiles, params string[] args)
    {
        // Ctrl-C is ignored by whatever a shell starts in the background, tests included; the process is to have it as on a terminal.
        var start = new ProcessStartInfo("env") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["TMPDIR"] = temporaryFiles;
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        foreach (var argument in (string[])["--default-signal=INT", dotnet, typeof(SampleAppHost).Assembly.Location, .. args])
            start.ArgumentList.Add(argument);
        return new(Process.Start(start)!);
    }

    public async Task<(int Code, string Output, string Errors)> EndAsync(CancellationToken patience)
    {
        var output = _process.StandardOutput.ReadToEndAsync(patience);
        var errors = _process.StandardError.ReadToEndAsync(patience);
        await _process.WaitForExitAsync(patience);
        return (_process.ExitCode, await output, await errors);
    }

    /// <summary>Every process that descends from it, whatever session or group it has made for itself.</summary>
    public IReadOnlyList<int> Descendants()
    {
        var parents = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Select(id => (Id: id, Parent: ParentOf(id))).ToList();
        var found = new List<int> { Id };
        for (var i = 0; i < found.Count; i++)
            found.AddRange(parents.Where(process => process.Parent == found[i]).Select(process => process.Id));
        return [.. found.Skip(1)];
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static int? ParentOf(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null; // It has ended meanwhile.
        }
    }
}
