using Microsoft.Extensions.Options;
using Npgsql;

namespace Keylime.Storage.Tests;

public sealed class StorageConfigTests
{
    private const string DefaultFile = "/var/lib/keylime/cv_data.sqlite";

    private static StorageConfig Read(string url, string? connectionString = null, string pool = "5,10") =>
        StorageConfig.Read(connectionString, url, pool, DefaultFile, autoMigrate: true);

    [Theory]
    [InlineData("sqlite", DefaultFile)]
    [InlineData("", DefaultFile)]
    [InlineData("sqlite:////srv/data%20base.sqlite", "/srv/data base.sqlite")]
    [InlineData("sqlite:////srv/d.sqlite?timeout=5", "/srv/d.sqlite")]
    public void Reads_sqlite(string url, string path)
    {
        var config = Read(url);
        Assert.False(config.IsPostgres);
        Assert.Contains($"Data Source={(path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path)}", config.ConnectionString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgresql://keylime:p%40ss%3Aw%2Frd@db.example:5433/verifier", "db.example", 5433, "verifier", "keylime", "p@ss:w/rd")]
    [InlineData("postgresql+psycopg2://keylime@db.example/verifier", "db.example", 5432, "verifier", "keylime", null)]
    [InlineData("postgres://[2001:db8::1]:5432/v", "2001:db8::1", 5432, "v", null, null)]
    [InlineData("postgresql:///v?host=/run/postgresql&user=keylime&password=secret", "/run/postgresql", 5432, "v", "keylime", "secret")]
    public void Reads_postgres(string url, string host, int port, string database, string? user, string? password)
    {
        var config = Read(url);
        Assert.True(config.IsPostgres);
        var read = new NpgsqlConnectionStringBuilder(config.ConnectionString);
        Assert.Equal((host, port, database, user, password), (read.Host, read.Port, read.Database, read.Username, read.Password));
        Assert.Equal((5, 10, 15), (read.Timeout, read.CommandTimeout, read.MaxPoolSize));
    }

    [Fact]
    public void Reads_the_options_of_a_url()
    {
        var read = new NpgsqlConnectionStringBuilder(Read(
            "postgresql://db/v?sslmode=verify-full&sslrootcert=/etc/ca.pem&connect_timeout=3&application_name=cv+1").ConnectionString);
        Assert.Equal((SslMode.VerifyFull, "/etc/ca.pem", 3, "cv 1"), (read.SslMode, read.RootCertificate, read.Timeout, read.ApplicationName));
    }

    [Fact]
    public void A_connection_string_wins_and_keeps_what_it_says()
    {
        var config = Read("sqlite", "Host=db;Database=v;Maximum Pool Size=3;Timeout=60");
        Assert.True(config.IsPostgres);
        var read = new NpgsqlConnectionStringBuilder(config.ConnectionString);
        Assert.Equal(("db", 3, 60), (read.Host, read.MaxPoolSize, read.Timeout));
    }

    [Theory]
    [InlineData("mysql://root:hunter2@db/v", "only sqlite and postgresql")]
    [InlineData("nonsense hunter2", "only sqlite and postgresql")]
    [InlineData("sqlite://", "a file is needed")]
    [InlineData("sqlite:///", "a file is needed")]
    [InlineData("postgresql://u:hunter2@db", "names no database")]
    [InlineData("postgresql://u:hunter2@db:99999/v", "not a URL")]
    [InlineData("postgresql://u:hunter2@db/v?shards=3", "option 'shards' is not known")]
    [InlineData("postgresql://u:hunter2@db/v?sslmode", "option 'sslmode' is not known")]
    [InlineData("postgresql://u:hunter2@db/v?sslmode=hunter2", "option 'sslmode' is not valid")]
    [InlineData("postgresql://u:hunter2@db/v?connect_timeout=soon", "option 'connect_timeout' is not valid")]
    public void Names_the_fault_of_a_url_and_never_a_password(string url, string fault)
    {
        var thrown = Assert.Throws<OptionsValidationException>(() => Read(url));
        Assert.Contains(fault, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5,x")]
    [InlineData("-1,10")]
    [InlineData("0,0")]
    [InlineData("5,10,15")]
    public void Names_the_fault_of_a_pool_size(string pool) =>
        Assert.Contains("database_pool_sz_ovfl", Assert.Throws<OptionsValidationException>(() => Read("postgresql://db/v", pool: pool)).Message, StringComparison.Ordinal);
}
