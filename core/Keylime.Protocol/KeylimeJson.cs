using System.Text.Json.Serialization;
using Keylime.Protocol.V2;

namespace Keylime.Protocol;

/// <summary>Source-generated JSON of every message. Unknown members are ignored on reading, as Keylime does; numbers may come as text, as Python's tenant sends ports.</summary>
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(Envelope<Nothing>))]
[JsonSerializable(typeof(Envelope<ServerVersionResponse>))]
[JsonSerializable(typeof(Envelope<AgentVersionResponse>))]
[JsonSerializable(typeof(RegisterAgentRequest))]
[JsonSerializable(typeof(Envelope<RegisterAgentResponse>))]
[JsonSerializable(typeof(ActivateAgentRequest))]
[JsonSerializable(typeof(Envelope<RegistrarAgentResponse>))]
[JsonSerializable(typeof(Envelope<RegistrarAgentListResponse>))]
[JsonSerializable(typeof(AddAgentRequest))]
[JsonSerializable(typeof(Envelope<VerifierAgentResponse>))]
[JsonSerializable(typeof(Envelope<VerifierAgentListResponse>))]
[JsonSerializable(typeof(Envelope<Dictionary<string, VerifierAgentResponse>>))]
[JsonSerializable(typeof(RuntimePolicyRequest))]
[JsonSerializable(typeof(Envelope<RuntimePolicyResponse>))]
[JsonSerializable(typeof(Envelope<RuntimePolicyListResponse>))]
[JsonSerializable(typeof(MeasuredBootPolicyRequest))]
[JsonSerializable(typeof(Envelope<MeasuredBootPolicyResponse>))]
[JsonSerializable(typeof(Envelope<MeasuredBootPolicyListResponse>))]
[JsonSerializable(typeof(Envelope<QuoteResponse>))]
[JsonSerializable(typeof(Envelope<PublicKeyResponse>))]
[JsonSerializable(typeof(Envelope<VerifyKeyResponse>))]
[JsonSerializable(typeof(UKeyRequest))]
[JsonSerializable(typeof(VKeyRequest))]
[JsonSerializable(typeof(Envelope<AgentInfoResponse>))]
[JsonSerializable(typeof(RevocationNotification))]
[JsonSerializable(typeof(Envelope<ClusterMembersResponse>))]
public sealed partial class KeylimeJson : JsonSerializerContext;
