using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.MeasuredBoot.Reference;
using Keylime.Tpm;

namespace Keylime.Attestation.Policies;

/// <summary>A measured-boot policy: an engine and the reference state (<c>mb_refstate</c>) that it goes by. Immutable, shared between agents.</summary>
public sealed class MeasuredBootPolicy
{
    /// <summary>Longest text that is parsed, in characters.</summary>
    public const int MaxTextLength = 16 * 1024 * 1024;

    private readonly ReferenceState? _reference;

    private MeasuredBootPolicy(MeasuredBootEngine engine, string text, bool isEmpty, ReferenceState? reference)
    {
        (Engine, IsEmpty, _reference) = (engine, isEmpty, reference);
        Fingerprint = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{engine.Name()}\n{text}")));
    }

    /// <summary>True for <c>{}</c>: measured boot is asked for, and everything is accepted without a look at the log.</summary>
    public bool IsEmpty { get; }

    /// <summary>Who judges the log.</summary>
    public MeasuredBootEngine Engine { get; }

    /// <summary>Tells policies apart when a verdict is remembered for the rest of a boot. Nobody gains by two that collide: the operator writes both.</summary>
    internal ulong Fingerprint { get; }

    /// <summary>Parses the text as uploaded, for the engine that accepts any. Empty text is an empty policy.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out MeasuredBootPolicy? policy, [NotNullWhen(false)] out PolicyFault? fault) =>
        TryParse(text, MeasuredBootEngine.AcceptAll, out policy, out fault);

    /// <summary>Parses the text as uploaded, for an engine. Empty text is an empty policy.</summary>
    public static bool TryParse(
        string text, MeasuredBootEngine engine, [NotNullWhen(true)] out MeasuredBootPolicy? policy, [NotNullWhen(false)] out PolicyFault? fault)
    {
        policy = null;
        fault = text.Length > MaxTextLength ? new("$", $"is longer than {MaxTextLength} characters") : null;
        if (fault is not null) return false;
        try
        {
            using var document = JsonDocument.Parse(text.Length == 0 ? "{}" : text);
            policy = Read(document.RootElement, engine, text, out fault);
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

    /// <summary>Asks the engine about a log; null when it accepts. Whether the log is that of the machine is for its replay to show: see the PCRs of the quote.</summary>
    /// <param name="log">A log that was parsed to its end.</param>
    /// <param name="bank">The bank of the quote: digests of other banks prove nothing.</param>
    /// <param name="budget">What expressions for command lines may take.</param>
    public BootFinding? Appraise(BootLog log, TpmAlgorithm bank, ExpressionBudget budget)
    {
        var finding = Engine switch
        {
            _ when IsEmpty => null,
            MeasuredBootEngine.AcceptAll => null,
            MeasuredBootEngine.Example => new ExamplePolicy(_reference!, log, bank, budget).Appraise(),
            MeasuredBootEngine.Uki => new UkiPolicy(_reference!, log, bank, budget).Appraise(),
            _ => new("no boot log is accepted"),
        };
        // What did not match for want of time is no finding about the machine.
        return finding is not null && budget.SpentBy is { } member ? new(ExpressionBudget.Describe(member)) : finding;
    }

    private static MeasuredBootPolicy? Read(JsonElement root, MeasuredBootEngine engine, string text, out PolicyFault? fault)
    {
        fault = root.ValueKind == JsonValueKind.Object ? null : new("$", "is not a JSON object");
        if (fault is null && RepeatedNames.Find(root, "$") is { } repeated) fault = new(repeated, "occurs twice");
        if (fault is not null) return null;
        var isEmpty = !root.EnumerateObject().MoveNext();
        ReferenceState? reference = null;
        if (!isEmpty && engine is MeasuredBootEngine.Example or MeasuredBootEngine.Uki && !ReferenceState.TryParse(root, engine, out reference, out fault)) return null;
        return new(engine, text, isEmpty, reference);
    }
}
