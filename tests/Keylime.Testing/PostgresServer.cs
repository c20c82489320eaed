using System.Diagnostics;
using Npgsql;

namespace Keylime.Testing;

/// <summary>A real PostgreSQL server on a free port, with its data in a private folder. Its supervisor is a shell that waits on our pipe: when this process ends, however
/// it ends, the server stops and the folder goes.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Shared = new(StartAsync);

    // fsync off: the data need not outlive a power cut. What was committed must outlive SIGQUIT, which makes no checkpoint: synchronous_commit stays on.
    private const string Supervisor = """
        bin=$1 folder=$2 port=$3
        if [ ! -d "$folder" ]; then
            mkdir -m 700 "$folder"
            "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/log" 2>&1 || { cat "$folder/log" >&2; rm -rf "$folder"; exit 1; }
        fi
        "$bin/postgres" -D "$folder/data" -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 -c max_connections=300 \
            -c fsync=off -c full_page_writes=off -c shared_buffers=64MB </dev/null >>"$folder/log" 2>&1 &
        server=$!
        read -r word
        kill -QUIT "$server"; wait "$server"
        [ "$word" = pause ] || rm -rf "$folder"
        """;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "keylime-postgres-" + Guid.NewGuid().ToString("N")[..12]);
    private readonly int _port = TcpPorts.Free(1)[0];
    private Process? _supervisor;
    private int _databases;

    private PostgresServer() { }

    /// <summary>The server that all tests of this process share. Take a database of your own; do not stop it.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>A server of one's own, to be stopped at will.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new PostgresServer();
            try
            {
                await server.ResumeAsync();
                return server;
            }
            catch (PortTakenException) when (attempt < 5)
            {
                // Free a moment ago: another process was quicker.
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>Connection string of a new, empty database.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres", pooling: false));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name, pooling: true);
    }

    /// <summary>Stops the server at once and keeps its data.</summary>
    public Task PauseAsync() => EndAsync("pause\n");

    /// <summary>Starts the server, again or for the first time, on the same port.</summary>
    public async Task ResumeAsync()
    {
        var logged = ReadLog().Length;
        _supervisor = Process.Start(SupervisorCommand()) ?? throw new InvalidOperationException("The shell did not start");
        while (!await AnswersAsync())
        {
            if (_supervisor.HasExited)
                throw new InvalidOperationException("PostgreSQL did not start: " + await _supervisor.StandardError.ReadToEndAsync());
            if (ReadLog()[logged..].Contains("could not create any TCP/IP sockets", StringComparison.Ordinal)) throw new PortTakenException(ReadLog()[logged..]);
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync() => await EndAsync("stop\n");

    private async Task EndAsync(string word)
    {
        if (_supervisor is not { } supervisor) return;
        _supervisor = null;
        await supervisor.StandardInput.WriteAsync(word);
        await supervisor.StandardInput.FlushAsync();
        await supervisor.WaitForExitAsync();
        supervisor.Dispose();
        NpgsqlConnection.ClearAllPools();
    }

    private ProcessStartInfo SupervisorCommand()
    {
        string[] shell = ["/bin/sh", "-c", Supervisor, "postgres-supervisor", FindBinaries(), _folder, $"{_port}"];
        // PostgreSQL refuses to run as root.
        string[] command = Environment.IsPrivilegedProcess ? ["setpriv", .. UnprivilegedUser(), "--clear-groups", .. shell] : shell;
        return new(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardError = true, WorkingDirectory = "/" };
    }

    private static string[] UnprivilegedUser()
    {
        var user = File.ReadLines("/etc/passwd").Select(line => line.Split(':'))
            .Where(fields => fields[0] is "postgres" or "nobody").OrderBy(fields => fields[0] is "postgres" ? 0 : 1).First();
        return [$"--reuid={user[2]}", $"--regid={user[3]}"];
    }

    private static string FindBinaries() =>
        Directory.Exists("/usr/lib/postgresql")
        && Directory.GetDirectories("/usr/lib/postgresql").Order().LastOrDefault(folder => File.Exists($"{folder}/bin/postgres")) is { } newest
            ? $"{newest}/bin"
            : throw new InvalidOperationException("These tests need PostgreSQL's server programs: apt-get install postgresql");

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString("postgres", pooling: false));
            await connection.OpenAsync();
            // Whoever took the port before us may be a PostgreSQL too, and lets everybody in as ours does.
            await using var command = new NpgsqlCommand("SHOW data_directory", connection);
            return (string?)await command.ExecuteScalarAsync() == $"{_folder}/data";
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private string ReadLog()
    {
        var path = Path.Combine(_folder, "log");
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    private string ConnectionString(string database, bool pooling) =>
        $"Host=127.0.0.1;Port={_port};Username=postgres;Database={database};Pooling={pooling};Maximum Pool Size=20;Timeout=30;Command Timeout=60";

#pragma warning disable CA1064 // Never leaves this class.
    private sealed class PortTakenException(string log) : Exception($"PostgreSQL did not start: {log}");
#pragma warning restore CA1064
}
