using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Keylime.ServiceDefaults.Http;

/// <summary>The query of a request to an agent, looked through in place: no table is built for four values.</summary>
public sealed class RequestQuery(QueryString query)
{
    /// <summary>A value that must be there exactly once; the error is the Rust agent's.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? error)
    {
        (value, error) = (null, null);
        foreach (var pair in new QueryStringEnumerable(query.Value))
        {
            if (!pair.DecodeName().Span.SequenceEqual(name)) continue;
            if (value is not null) error = $"Query deserialize error: duplicate field `{name}`";
            value = pair.DecodeValue().ToString();
        }
        if (value is null) error = $"Query deserialize error: missing field `{name}`";
        if (error is not null) value = null;
        return value is not null;
    }
}
