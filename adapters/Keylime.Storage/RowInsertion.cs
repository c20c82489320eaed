using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Keylime.Storage;

/// <summary>Adds a row by one statement, past the change tracker: nothing here tracks, and for a first row the tracker compiles a dozen methods per column, which a small
/// process feels.</summary>
internal static class RowInsertion
{
    /// <summary>A row of that key that exists already is an exception of the database's, see <see cref="Outage.IsDuplicateKey"/>.</summary>
    public static Task InsertAsync<T>(this DbContext db, T row, CancellationToken ct) where T : class
    {
        var type = db.Model.FindEntityType(typeof(T))!;
        var columns = type.GetProperties().ToList();
        // All names are the model's own.
        var sql = $"INSERT INTO {type.GetTableName()} ({Join(columns.Select(column => column.GetColumnName()))}) VALUES ({Join(columns.Select((_, place) => $"{{{place}}}"))})";
        using var command = db.Database.GetDbConnection().CreateCommand();
        var values = columns.Select((column, place) => Parameter(column, place, row)).ToList();
        return db.Database.ExecuteSqlRawAsync(sql, values, ct);

        static string Join(IEnumerable<string> parts) => string.Join(", ", parts);

        // By the column's mapping: it says how ids, enumerations and lists are stored, and of what type a null is.
        object Parameter(IProperty column, int place, T source) =>
            column.GetRelationalTypeMapping().CreateParameter(command, $"@p{place}", column.PropertyInfo!.GetValue(source), column.IsNullable);
    }
}
