using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Keylime.Client;

namespace Keylime.Tenant.KeylimeSpelling;

/// <summary>Prints answers to policy commands as Keylime's tenant does: the envelope, in Python's spelling, and an error for statuses from 400 on.</summary>
internal static class PolicyAnswer
{
    public static void Print<T>(KeylimeCall call, Answer<T> answer, JsonTypeInfo<T> type, string? title = null) where T : class
    {
        if (answer.Status is not { } status) throw new UserErrorException(answer.Message);
        if (title is not null) call.Output.WriteLine($"{title} {status}.");
        var results = answer.Value is { } value && typeof(T) != typeof(Protocol.Nothing) ? (JsonObject)JsonSerializer.SerializeToNode(value, type)! : [];
        var envelope = StatusCommands.Envelope(status, answer.Message, results);
        // An answer without a body prints as an empty one.
        call.Output.WriteLine(status == 204 ? "{}" : PythonText.Repr(envelope));
        if (!answer.IsGood) throw new UserErrorException(PythonText.Repr(envelope.DeepClone()));
    }
}
