using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Keylime.Storage;

/// <summary>Keylime's <c>database_url</c>: <c>sqlite</c>, or a URL as SQLAlchemy spells it. Errors never repeat the URL, which may hold a password.</summary>
internal static class DatabaseUrl
{
    /// <summary>Names of libpq, which SQLAlchemy passes on, in Npgsql's spelling.</summary>
    private static readonly Dictionary<string, string> Options = new(StringComparer.Ordinal)
    {
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["options"] = "Options",
        ["target_session_attrs"] = "Target Session Attributes",
        ["host"] = "Host",
        ["port"] = "Port",
        ["user"] = "Username",
        ["password"] = "Password",
        ["dbname"] = "Database",
    };

    public static bool TryReadSqlitePath(string url, string defaultFile, [NotNullWhen(true)] out string? path)
    {
        path = null;
        if (url is "" or "sqlite") path = defaultFile;
        else if (Scheme(url) is "sqlite")
        {
            // SQLAlchemy: three slashes are a relative path, four an absolute one.
            var rest = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..];
            if (!rest.StartsWith('/') || rest.Length == 1) throw Fault("a file is needed, as in sqlite:////var/lib/keylime/cv_data.sqlite");
            var query = rest.IndexOf('?');
            path = Path.GetFullPath(Uri.UnescapeDataString(query < 0 ? rest[1..] : rest[1..query]));
        }
        return path is not null;
    }

    public static NpgsqlConnectionStringBuilder ReadPostgres(string url)
    {
        if (Scheme(url) is not ("postgresql" or "postgres")) throw Fault("only sqlite and postgresql://user:password@host:port/database are supported");
        var authority = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..];
        // Host may be empty (it stands in the options then, for a socket's folder), which Uri refuses for no scheme of its own.
        if (!Uri.TryCreate("postgresql://" + (authority.StartsWith('/') ? "localhost" : "") + authority, UriKind.Absolute, out var uri))
            throw Fault("it is not a URL");
        var builder = new NpgsqlConnectionStringBuilder { Host = uri.Host.Trim('[', ']'), Port = uri.Port > 0 ? uri.Port : NpgsqlConnection.DefaultPort };
        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0) builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) builder.Password = Uri.UnescapeDataString(user[1]);
        if (uri.AbsolutePath.Length > 1) builder.Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        foreach (var option in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)) Apply(builder, option);
        return string.IsNullOrEmpty(builder.Database) ? throw Fault("it names no database") : builder;
    }

    private static void Apply(NpgsqlConnectionStringBuilder builder, string option)
    {
        var pair = option.Split('=', 2);
        var name = Uri.UnescapeDataString(pair[0]);
        if (pair.Length != 2 || !Options.TryGetValue(name, out var keyword)) throw Fault($"option '{name}' is not known");
        var value = Uri.UnescapeDataString(pair[1].Replace('+', ' '));
        try
        {
            // libpq: verify-full, read-write; Npgsql: VerifyFull, read-write.
            builder[keyword] = name is "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }
        catch (ArgumentException)
        {
            throw Fault($"the value of option '{name}' is not valid");
        }
    }

    private static string Scheme(string url)
    {
        // postgresql+psycopg2://: the driver's name says nothing to us.
        var end = url.IndexOf("://", StringComparison.Ordinal);
        return end < 0 ? "" : url[..end].Split('+')[0].ToLower(CultureInfo.InvariantCulture);
    }

    private static OptionsValidationException Fault(string fault) => StorageConfig.Fault($"database_url cannot be used: {fault}");
}
