using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Keylime.Storage;

/// <summary>Tells "the database cannot answer now" from "we asked for something wrong". EF wraps both, so the whole chain of causes counts.</summary>
internal static class Outage
{
    public static bool IsCause(Exception? e) => e switch
    {
        null => false,
        PostgresException postgres => IsTransient(postgres.SqlState),
        // Everything else that Npgsql throws by this name is the connection: refused, broken, timed out, pool exhausted.
        NpgsqlException or SocketException or TimeoutException or EndOfStreamException => true,
        // SQLITE_BUSY, LOCKED, IOERR, FULL, CANTOPEN.
        SqliteException sqlite => sqlite.SqliteErrorCode is 5 or 6 or 10 or 13 or 14,
        _ => IsCause(e.InnerException),
    };

    /// <summary>A row of that key exists already.</summary>
    public static bool IsDuplicateKey(Exception? e) => e switch
    {
        null => false,
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.UniqueViolation,
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode is 1555 or 2067,
        _ => IsDuplicateKey(e.InnerException),
    };

    private static bool IsTransient(string sqlState) =>
        sqlState.StartsWith("08", StringComparison.Ordinal)       // connection
        || sqlState.StartsWith("53", StringComparison.Ordinal)    // out of connections, memory, disk
        || sqlState.StartsWith("57P0", StringComparison.Ordinal)  // shutting down, starting up
        || sqlState.StartsWith("58", StringComparison.Ordinal)    // its disk
        || sqlState is "25P03"                                      // idle_in_transaction_session_timeout: we were paused
            or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable
            or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.ReadOnlySqlTransaction;         // a replica that is not yet promoted
}
