using System.Text.Json.Serialization;

namespace Keylime.Protocol.V2;

/// <summary><c>GET /version</c> of registrar and verifier.</summary>
public sealed record ServerVersionResponse(
    [property: JsonPropertyName("current_version")] string CurrentVersion,
    [property: JsonPropertyName("supported_versions")] IReadOnlyList<string> SupportedVersions);

/// <summary><c>GET /version</c> of an agent. Agents before 2.5 send no list.</summary>
public sealed record AgentVersionResponse(
    [property: JsonPropertyName("supported_version")] string SupportedVersion,
    [property: JsonPropertyName("supported_versions"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? SupportedVersions);
