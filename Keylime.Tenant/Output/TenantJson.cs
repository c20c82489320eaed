using System.Text.Json.Serialization;

namespace Keylime.Tenant.Output;

/// <summary>JSON of the verbs' results.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<AgentRow>))]
[JsonSerializable(typeof(IReadOnlyList<RegistrationRow>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class TenantJson : JsonSerializerContext;
