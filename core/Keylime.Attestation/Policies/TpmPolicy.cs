using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Keylime.Attestation.Policies;

/// <summary>Keylime's <c>tpm_policy</c>: the values that PCRs may have, and the mask of PCRs to quote.</summary>
public sealed class TpmPolicy
{
    private const int MaxTextLength = 64 * 1024;
    private const int MaxValuesPerPcr = 256;

    private readonly SortedDictionary<int, IReadOnlyList<byte[]>> _pins = [];

    private TpmPolicy() { }

    /// <summary>Asks for nothing and pins nothing.</summary>
    public static TpmPolicy Empty { get; } = new();

    /// <summary>PCRs to ask for, bit n = PCR n.</summary>
    public uint Mask { get; private set; }

    /// <summary>The mask as the tenant wrote it, handed to the agent as given; hex of <see cref="Mask"/> when it wrote none.</summary>
    public string MaskText { get; private set; } = "0x0";

    /// <summary>PCRs that have listed values, in order.</summary>
    public IEnumerable<int> PinnedPcrs => _pins.Keys;

    /// <summary>Whether the PCR has listed values.</summary>
    public bool Pins(int pcr) => _pins.ContainsKey(pcr);

    /// <summary>Whether the value is one of the PCR's listed values. Bank and value go together by length.</summary>
    public bool Accepts(int pcr, ReadOnlySpan<byte> value)
    {
        if (_pins.TryGetValue(pcr, out var listed))
            foreach (var candidate in listed)
                if (value.SequenceEqual(candidate)) return true;
        return false;
    }

    /// <summary>The PCR's listed values in lower-case hex, in the order of the policy; empty when it has none.</summary>
    public IEnumerable<string> Values(int pcr) => _pins.TryGetValue(pcr, out var listed) ? listed.Select(Convert.ToHexStringLower) : [];

    internal string Describe(int pcr) => string.Join(" or ", Values(pcr));

    /// <summary>Parses the JSON object, <c>{"15":["hex"],"mask":"0x8400"}</c>. An empty text is an empty policy.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TpmPolicy? policy, [NotNullWhen(false)] out PolicyFault? fault)
    {
        policy = null;
        if (text.Length > MaxTextLength)
        {
            fault = new("$", $"is longer than {MaxTextLength} characters");
            return false;
        }
        try
        {
            using var document = JsonDocument.Parse(string.IsNullOrWhiteSpace(text) ? "{}" : text);
            var parsed = new TpmPolicy();
            fault = RepeatedNames.Find(document.RootElement, "$") is { } repeated ? new(repeated, "occurs twice") : parsed.Read(document.RootElement);
            policy = fault is null ? parsed : null;
        }
        catch (JsonException e)
        {
            fault = new("$", $"is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine})");
        }
        catch (InvalidOperationException)
        {
            fault = new("$", "holds a text that is not Unicode"); // The JSON reader's word for half a surrogate pair, which its grammar allows.
        }
        return policy is not null;
    }

    private PolicyFault? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return new("$", "is not an object");
        string? mask = null;
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name == "mask")
            {
                mask = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
                if (mask is null) return new("$.mask", "is not a text");
            }
            else if (ReadPin(member) is { } fault) return fault;
        }
        if (mask is null)
        {
            foreach (var pcr in _pins.Keys) Mask |= 1u << pcr;
            MaskText = $"0x{Mask:x}";
            return null;
        }
        var digits = mask.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? mask.AsSpan(2) : mask;
        // .NET's own parser passes over zero bytes at the end, and agents get the text as it is.
        if (mask.Contains('\0') || !uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits) || bits > 0xFFFFFF)
            return new("$.mask", "is not hex text of at most 24 bits");
        (Mask, MaskText) = (bits, mask);
        return null;
    }

    private PolicyFault? ReadPin(JsonProperty member)
    {
        var path = $"$['{DisplayText.Of(member.Name)}']";
        if (member.Name.Contains('\0') || !int.TryParse(member.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var pcr) || pcr > 23)
            return new(path, "is neither mask nor a PCR number from 0 to 23");
        // Both change with every boot or agent start; their values come from the IMA list and the payload key.
        if (pcr is 10 or 16) return new(path, "may not be pinned: PCR 10 belongs to IMA, PCR 16 to the payload key");
        if (!_pins.TryAdd(pcr, [])) return new(path, "occurs twice"); // By its number: 07 is 7.

        JsonElement[] texts = member.Value.ValueKind switch
        {
            JsonValueKind.String => [member.Value],
            JsonValueKind.Array => [.. member.Value.EnumerateArray()],
            _ => [],
        };
        if (texts.Length is 0 or > MaxValuesPerPcr) return new(path, $"is not a list of 1 to {MaxValuesPerPcr} hex digests");
        var values = new List<byte[]>(texts.Length);
        foreach (var text in texts)
        {
            if (text.ValueKind != JsonValueKind.String || !Digests.TryParseHex(text.GetString(), out var value))
                return new($"{path}[{values.Count}]", "is not a hex digest of 20, 32, 48 or 64 bytes");
            values.Add(value);
        }
        _pins[pcr] = values;
        return null;
    }
}
