using Keylime.Protocol;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Keylime.Storage;

/// <summary>Ids as their texts. A text that is no id is read as the default value, which no agent has: one such row must not keep those beside it from being
/// read. Whoever reads rows passes over it.</summary>
internal sealed class AgentIdConverter() : ValueConverter<AgentId, string>(id => id.Value, text => Read(text))
{
    public static AgentId Read(string text) => AgentId.TryParse(text, out var id) ? id : default;
}
