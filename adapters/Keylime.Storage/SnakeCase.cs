using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage;

/// <summary>Column, key and index names as operators type them in psql: without quotes.</summary>
internal static class SnakeCase
{
    public static void Apply(ModelBuilder model)
    {
        foreach (var entity in model.Model.GetEntityTypes())
        {
            var table = entity.GetTableName();
            foreach (var property in entity.GetProperties()) property.SetColumnName(Of(property.Name));
            foreach (var key in entity.GetKeys()) key.SetName($"{table}_pkey");
            foreach (var key in entity.GetForeignKeys()) key.SetConstraintName($"{table}_{Columns(key.Properties)}_fkey");
            foreach (var index in entity.GetIndexes()) index.SetDatabaseName($"{table}_{Columns(index.Properties)}_idx");
        }
    }

    private static string Columns(IEnumerable<Microsoft.EntityFrameworkCore.Metadata.IMutableProperty> properties) =>
        string.Join('_', properties.Select(property => Of(property.Name)));

    private static string Of(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
