using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Testing;
using Npgsql;

namespace Aspire.Hosting.Tests.Resources;

public sealed class DatabaseTests
{
    private readonly DistributedApplicationBuilder _builder = AppHost.Create();

    [Fact]
    public async Task A_database_is_there_when_it_is_healthy_and_keeps_its_data_over_a_restart()
    {
        _builder.AddPostgres("postgres").AddDatabase("some-data");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("some-data", AppHost.Patience);
        var connectionString = await app.GetConnectionStringAsync("some-data") + ";Pooling=false";
        await ExecuteAsync(connectionString, "CREATE TABLE kept (id int)");

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("postgres", KnownResourceCommands.RestartCommand, AppHost.Patience)).Success);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("some-data", AppHost.Patience);
        await ExecuteAsync(connectionString, "INSERT INTO kept VALUES (1)");
    }

    [Fact]
    public async Task Postgres_counts_the_statements_that_it_executes()
    {
        _builder.AddPostgres("postgres");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("postgres", AppHost.Patience);
        var connectionString = await app.GetConnectionStringAsync("postgres") + ";Database=postgres;Pooling=false";
        // Fails where the library was not loaded at the start.
        await ExecuteAsync(connectionString, "CREATE EXTENSION pg_stat_statements");
        await ExecuteAsync(connectionString, "SELECT 1 / count(*) FROM pg_stat_statements");
    }

    [Fact]
    public async Task A_database_whose_server_was_killed_amid_its_work_starts_again_on_its_port_with_what_was_committed()
    {
        _builder.AddPostgres("postgres").AddDatabase("some-data");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("some-data", AppHost.Patience);
        var connectionString = await app.GetConnectionStringAsync("some-data") + ";Pooling=false";
        await ExecuteAsync(connectionString, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)");

        // Connected before, so that it sees what runs for a few seconds only.
        await using var watcher = new NpgsqlConnection(connectionString);
        await watcher.OpenAsync(AppHost.Patience);
        // A session that computes does not notice the death of its server before it has ended, and keeps its memory.
        var orphan = Record.ExceptionAsync(() => ExecuteAsync(connectionString, "SELECT sum(sqrt(i)) FROM generate_series(1, 30000000) AS i"));
        await IsTrueAsync(watcher, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT sum%')");
        Signals.Send(await app.PidAsync("postgres"), Signal.Kill);
        await app.ResourceNotifications.WaitForResourceAsync("postgres", KnownResourceStates.Exited, AppHost.Patience);
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("postgres", KnownResourceCommands.StartCommand, AppHost.Patience)).Success);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("some-data", AppHost.Patience);
        await IsTrueAsync(connectionString, "SELECT id = 1 FROM kept");
        await orphan;
    }

    [Fact]
    public async Task Redis_that_was_killed_starts_again_on_its_port_and_empty()
    {
        _builder.AddRedis("redis");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("redis", AppHost.Patience);
        Assert.Equal(["+OK", "+OK", ":1"], await AskRedisAsync(app, "SET key value", "DBSIZE"));
        Signals.Send(await app.PidAsync("redis"), Signal.Kill);
        await app.ResourceNotifications.WaitForResourceAsync("redis", KnownResourceStates.Exited, AppHost.Patience);
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("redis", KnownResourceCommands.StartCommand, AppHost.Patience)).Success);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("redis", AppHost.Patience);
        Assert.Equal(["+OK", ":0"], await AskRedisAsync(app, "DBSIZE"));
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("redis")]
    public async Task Nobody_else_may_look_into_the_folder_in_which_the_password_stands(string server)
    {
        if (server == "redis") _builder.AddRedis(server);
        else _builder.AddPostgres(server);
        await using var app = await _builder.StartAsync();
        await app.PidAsync(server);
        var home = Path.Combine(_builder.Configuration[StateDirectory.RunDirectoryKey]!, server);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(home));
    }

    [Fact]
    public async Task Postgres_refuses_a_wrong_password()
    {
        _builder.AddPostgres("postgres");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("postgres", AppHost.Patience);
        var wrong = new NpgsqlConnectionStringBuilder(await app.GetConnectionStringAsync("postgres")) { Password = "wrong", Pooling = false };
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(wrong.ConnectionString, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    [Fact]
    public async Task Redis_refuses_who_has_no_password()
    {
        _builder.AddRedis("redis");
        await using var app = await _builder.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("redis", AppHost.Patience);
        using var client = await ConnectToRedisAsync(app);
        await client.GetStream().WriteAsync("PING\r\n"u8.ToArray());
        using var answers = new StreamReader(client.GetStream(), Encoding.ASCII);
        Assert.StartsWith("-NOAUTH", await answers.ReadLineAsync(), StringComparison.Ordinal);
    }

    /// <summary>The answer to the password, and then to each command.</summary>
    private static async Task<IReadOnlyList<string>> AskRedisAsync(DistributedApplication app, params string[] commands)
    {
        var password = (await app.GetConnectionStringAsync("redis"))!.Split("password=")[1];
        using var client = await ConnectToRedisAsync(app);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Concat(((string[])[$"AUTH {password}", .. commands]).Select(command => command + "\r\n"))));
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        var answers = new List<string>();
        while (answers.Count <= commands.Length) answers.Add((await reader.ReadLineAsync())!);
        return answers;
    }

    private static async Task<TcpClient> ConnectToRedisAsync(DistributedApplication app)
    {
        var address = (await app.GetConnectionStringAsync("redis"))!.Split(',')[0].Split(':');
        var client = new TcpClient();
        await client.ConnectAsync(address[0], int.Parse(address[1], System.Globalization.CultureInfo.InvariantCulture));
        return client;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task IsTrueAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(AppHost.Patience);
        await IsTrueAsync(connection, sql);
    }

    private static async Task IsTrueAsync(NpgsqlConnection connection, string sql)
    {
        var patience = AppHost.Patience;
        await using var command = new NpgsqlCommand(sql, connection);
        while (await command.ExecuteScalarAsync(patience) is not true) await Task.Delay(20, patience);
    }
}
