using Keylime.Protocol;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Keylime.Storage;

internal sealed class AgentIdConverter() : ValueConverter<AgentId, string>(id => id.Value, text => AgentId.Parse(text));
