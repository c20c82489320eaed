using System.Diagnostics;

namespace Aspire.Hosting.Processes;

/// <summary>Ends what our children have started when we are killed. The kernel's parent-death signal reaches our children alone, not theirs; but those share
/// their process group, and a small shell in a session of its own outlives us long enough to end the groups.</summary>
/// <remarks>It reads from a pipe whose other end only we hold: its end of file is our death, however we die.</remarks>
internal sealed class GroupReaper : IDisposable
{
    private const string Script = """
        groups=' '
        while read -r event group; do
          case $event in
            began) groups="$groups$group " ;;
            ended) groups="${groups%% $group *} ${groups#* $group }" ;;
          esac
        done
        for group in $groups; do kill -s KILL -- "-$group"; done 2>/dev/null
        """;

    private readonly Process _shell;
    // Guards the pipe: processes end on any thread, the last perhaps after us.
    private readonly Lock _gate = new();
    private bool _isClosed;

    public GroupReaper()
    {
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true, WorkingDirectory = "/" };
        foreach (var argument in (string[])["sh", "-c", Script])
            start.ArgumentList.Add(argument);
        _shell = Process.Start(start)!;
    }

    public void Watch(int group) => Tell("began", group);

    public void Forget(int group) => Tell("ended", group);

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _shell.StandardInput.Close();
        }

        _shell.WaitForExit();
        _shell.Dispose();
    }

    private void Tell(string what, int group)
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            _shell.StandardInput.WriteLine($"{what} {group}");
            _shell.StandardInput.Flush();
        }
    }
}
