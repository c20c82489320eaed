using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Npgsql;

namespace Aspire.Hosting.Resources;

/// <summary>PostgreSQL in the foreground on a data folder of the run. Data outlives a restart of the resource, not the run.</summary>
internal sealed class PostgresProcess(PostgresServerResource server, StateDirectory state, ProcessLauncher launcher, ResourceLog log) : IProcessDefinition
{
    /// <summary>PostgreSQL refuses to run as root; this is the user that its packages make.</summary>
    private const string UnprivilegedUser = "postgres";

    private readonly string _home = Path.Combine(state.RunDirectory, server.Name);
    private readonly string? _user = Environment.IsPrivilegedProcess ? UnprivilegedUser : null;

    public string Kind => "Postgres";
    public IReadOnlyList<IResource> Parts => server.Databases;

    public async Task<ProcessSpec> DescribeAsync(CancellationToken cancellationToken)
    {
        var data = Path.Combine(_home, "data");
        if (!File.Exists(Path.Combine(data, "PG_VERSION")))
            await InitializeAsync(data, cancellationToken);
        await WaitForOrphansAsync(data, cancellationToken);
        return Describe("postgres",
            ["-D", data, "-p", $"{server.Endpoint.Port}", "-c", $"listen_addresses={EndpointReference.LoopbackHost}", "-c", $"unix_socket_directories={_home}",
             "-c", "max_connections=200", .. CountStatements()]) with
        {
            StopSignal = Signal.Interrupt, // Its "fast" shutdown: ends sessions. SIGTERM would wait for them.
            DeathSignal = Signal.Quit, // Its "immediate" shutdown: takes its children and its shared memory along.
        };
    }

    public async Task<bool> IsServingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await ConnectAsync(cancellationToken);
            await CreateDatabasesAsync(connection, cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>Lets whoever is curious see which statements are executed and how often (<c>CREATE EXTENSION pg_stat_statements</c>): it can be loaded at the start only. Debian
    /// has it in the server's package, others in one of its own.</summary>
    private static string[] CountStatements()
    {
        var library = Path.Combine(Path.GetDirectoryName(FindProgram("postgres"))!, "..", "lib", "pg_stat_statements.so");
        return File.Exists(library) ? ["-c", "shared_preload_libraries=pg_stat_statements"] : [];
    }

    private async Task CreateDatabasesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var database in server.Databases)
        {
            await using var existing = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = database.Name } } };
            if (await existing.ExecuteScalarAsync(cancellationToken) is not null)
                continue;
            // Not a parameter: DDL takes none. The model's rule for names lets no quote through.
            await using var create = new NpgsqlCommand($"CREATE DATABASE \"{database.Name}\"", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private async Task InitializeAsync(string data, CancellationToken cancellationToken)
    {
        // Private before anything is in it: whoever may read the password is the superuser, who can start programs.
        Directory.CreateDirectory(_home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var passwordFile = Path.Combine(_home, "password");
        await File.WriteAllTextAsync(passwordFile, await server.Password.GetValueAsync(cancellationToken), cancellationToken);
        if (_user is not null)
            await RunAsync(new("chown", ["-R", $"{_user}:", _home], new Dictionary<string, string>(), "/"));
        await RunAsync(Describe("initdb",
            "-D", data, "-U", PostgresServerResource.UserName, "--pwfile", passwordFile, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"));
        File.Delete(passwordFile);
    }

    /// <summary>A server that was killed leaves children, which end as soon as they notice. While one of them is attached to its shared memory, no new server may start.</summary>
    private static async Task WaitForOrphansAsync(string data, CancellationToken cancellationToken)
    {
        while (SharedMemory(data) is { } id && IsAttached(id))
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
    }

    /// <summary>The segment that the last server noted in <c>postmaster.pid</c>, which goes when it ends in order: key and id on the seventh line.</summary>
    private static string? SharedMemory(string data)
    {
        var note = Path.Combine(data, "postmaster.pid");
        return File.Exists(note) && File.ReadLines(note).ElementAtOrDefault(6) is { } line ? Words(line).ElementAtOrDefault(1) : null;
    }

    private static bool IsAttached(string id) => File.ReadLines("/proc/sysvipc/shm").Select(Words).Any(segment => segment is [_, var number, _, _, _, _, not "0", ..] && number == id);

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private ProcessSpec Describe(string program, params string[] arguments) =>
        new(FindProgram(program), arguments, new Dictionary<string, string> { ["HOME"] = _home, ["LC_ALL"] = "C" }, _home) { User = _user };

    private async Task RunAsync(ProcessSpec spec)
    {
        var code = await (await launcher.StartAsync(spec, log.Write)).Exited;
        if (code != 0)
            throw new InvalidOperationException($"{Path.GetFileName(spec.FileName)} ended with code {code}");
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection($"{await server.ConnectionStringExpression.GetValueAsync(cancellationToken)};Database=postgres;Pooling=false;Timeout=5");
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Debian keeps the server's programs off the PATH, in a folder per version; the newest is taken.</summary>
    private static string FindProgram(string name)
    {
        const string debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(debian) ? Directory.GetDirectories(debian) : [];
        return versions.OrderByDescending(version => int.TryParse(Path.GetFileName(version), out var number) ? number : 0)
            .Select(version => Path.Combine(version, "bin", name)).FirstOrDefault(File.Exists) ?? name;
    }
}
