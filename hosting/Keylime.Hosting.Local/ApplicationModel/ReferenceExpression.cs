using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ReferenceExpression</c>: text with holes that are filled when the application runs,
/// and that the manifest shows as <c>{name.property}</c>.</summary>
public sealed class ReferenceExpression : IValueProvider, IManifestExpressionProvider
{
    private readonly string _format;
    private readonly IReadOnlyList<IValueProvider> _values;
    private readonly object[] _expressions;

    private ReferenceExpression(string format, IReadOnlyList<IValueProvider> values, object[] expressions)
    {
        _format = format;
        _values = values;
        _expressions = expressions;
    }

    public string ValueExpression => string.Format(CultureInfo.InvariantCulture, _format, _expressions);

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => handler.GetExpression();

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        var values = new object?[_values.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = await _values[i].GetValueAsync(cancellationToken);
        return string.Format(CultureInfo.InvariantCulture, _format, values);
    }

    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ReferenceExpression.ExpressionInterpolatedStringHandler</c>. With it an interpolated string keeps
    /// its holes; a plain string parameter would take the value's <c>ToString</c> without a word.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _format = new(literalLength + 4 * formattedCount);
        private readonly List<IValueProvider> _values = new(formattedCount);
        private readonly List<string> _expressions = new(formattedCount);

        public void AppendLiteral(string value) => _format.Append(EscapeBraces(value));

        public void AppendFormatted(string? value) => AppendLiteral(value ?? "");

        public void AppendFormatted<T>(T value) where T : IValueProvider, IManifestExpressionProvider
        {
            _format.Append(CultureInfo.InvariantCulture, $"{{{_values.Count}}}");
            _values.Add(value);
            _expressions.Add(value.ValueExpression);
        }

        public void AppendFormatted<T>(IResourceBuilder<T> resource) where T : IResource, IValueProvider, IManifestExpressionProvider =>
            AppendFormatted(resource.Resource);

        internal ReferenceExpression GetExpression() => new(_format.ToString(), _values, [.. _expressions]);

        private static string EscapeBraces(string text) =>
            text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
    }
}
