using Keylime.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage;

/// <summary>Ids and names sort by code point, as in our code and in SQLite, whatever the cluster's locale.</summary>
internal static class PostgresText
{
    public static void UseOrdinalKeys(ModelBuilder model)
    {
        foreach (var property in model.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
            if (property.ClrType == typeof(AgentId) || (property.IsKey() && (property.GetProviderClrType() ?? property.ClrType) == typeof(string)))
                property.SetCollation("C");
    }
}
