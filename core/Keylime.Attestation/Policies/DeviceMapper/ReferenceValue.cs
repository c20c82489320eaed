using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Keylime.Attestation.Policies.DeviceMapper;

/// <summary>What a rule says of one value: a text is an expression for the whole of it, a number or truth value is compared after conversion, null allows anything.</summary>
internal sealed class ReferenceValue
{
    private readonly string _shown;
    private readonly Func<string, bool> _accepts;
    private readonly PolicyExpression? _expression;

    private ReferenceValue(string shown, Func<string, bool> accepts) => (_shown, _accepts) = (shown, accepts);

    private ReferenceValue(string shown, PolicyExpression expression) => (_shown, _accepts, _expression) = (shown, text => expression.IsMatchAtOnce(text), expression);

    public static ReferenceValue Nothing { get; } = new("", _ => false);

    /// <summary>Whether the value is accepted. One that is not there is accepted by null only, which is not asked.</summary>
    public bool Accepts(string value, ExpressionBudget budget) => _expression is null ? _accepts(value) : budget.IsMatch(_expression, value);

    /// <summary>As <see cref="Accepts"/>, where there is no budget: an expression that might take long accepts nothing.</summary>
    public bool AcceptsAtOnce(string value) => _accepts(value);

    public override string ToString() => _shown;

    public static bool TryRead(JsonElement element, string path, [NotNullWhen(true)] out ReferenceValue? value)
    {
        value = element.ValueKind switch
        {
            JsonValueKind.Null => new("anything", _ => true),
            JsonValueKind.True => new("true", text => ReadTruth(text) == true),
            JsonValueKind.False => new("false", text => ReadTruth(text) == false),
            JsonValueKind.Number when element.TryGetInt64(out var number) =>
                new(element.GetRawText(), text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed) && parsed == number),
            JsonValueKind.String => PolicyExpression.TryCompile(element.GetString()!, path, out var expression) ? new(element.GetString()!, expression) : null,
            _ => null,
        };
        return value is not null;
    }

    // Python's distutils.util.strtobool, which Keylime reads them with.
    private static bool? ReadTruth(string text) => text.ToUpperInvariant() switch
    {
        "Y" or "YES" or "T" or "TRUE" or "ON" or "1" => true,
        "N" or "NO" or "F" or "FALSE" or "OFF" or "0" => false,
        _ => null,
    };
}
