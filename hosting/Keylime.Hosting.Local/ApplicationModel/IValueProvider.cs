namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IValueProvider</c>: a value known only when the application runs.</summary>
public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IManifestExpressionProvider</c>: how the manifest spells a value.</summary>
public interface IManifestExpressionProvider
{
    string ValueExpression { get; }
}
