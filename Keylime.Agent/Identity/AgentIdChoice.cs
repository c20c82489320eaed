using Keylime.Protocol;

namespace Keylime.Agent.Identity;

/// <summary>What the option <c>uuid</c> says the agent is called.</summary>
internal static class AgentIdChoice
{
    /// <summary>Keylime's default, the same for every machine: good for a first try with one agent only.</summary>
    public const string Default = "d432fbb3-d2f1-4a97-9ef7-75bd81c00000";

    /// <summary>The id for an option's value: <c>generate</c>, <c>hash_ek</c>, a UUID in any of its spellings, or a name of Keylime's alphabet (ours;
    /// the Rust agent knows UUIDs only). <paramref name="wellFormed"/> is false for anything else; the id is random then, as the Rust agent does it.</summary>
    public static AgentId Resolve(string option, string endorsementKeyHash, out bool wellFormed)
    {
        wellFormed = true;
        switch (option)
        {
            case "hash_ek": return AgentId.Parse(endorsementKeyHash);
            case "generate": return Random();
        }
        if (TryParseUuid(option, out var uuid)) return AgentId.Parse(uuid.ToString());
        wellFormed = AgentId.TryParse(option, out var name);
        return wellFormed ? name : Random();
    }

    private static AgentId Random() => AgentId.Parse(Guid.NewGuid().ToString());

    /// <summary>The spellings of RFC 4122 that Rust's parser takes: with hyphens, without, in braces, as a URN.</summary>
    private static bool TryParseUuid(string text, out Guid uuid)
    {
        const string urn = "urn:uuid:";
        if (text.StartsWith(urn, StringComparison.Ordinal)) return Guid.TryParseExact(text[urn.Length..], "D", out uuid);
        return Guid.TryParseExact(text, "D", out uuid) || Guid.TryParseExact(text, "N", out uuid) || Guid.TryParseExact(text, "B", out uuid);
    }
}
