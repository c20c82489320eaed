using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ParameterResource</c>. Here only for generated passwords: new ones each run, never in a manifest.</summary>
public sealed class ParameterResource : Resource, IValueProvider, IManifestExpressionProvider
{
    /// <summary>Length of Aspire's generated passwords.</summary>
    internal const int MinLength = 22;

    // No special characters: they would need quoting in connection strings and configuration files. 22 of 62 letters are 131 bits.
    private readonly string _value =
        RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", MinLength);

    internal ParameterResource(string name, bool specialCharacters)
        : base(name) => SpecialCharacters = specialCharacters;

    /// <summary>What the manifest tells deployment tools; a Redis connection string breaks at a comma.</summary>
    internal bool SpecialCharacters { get; }

    public string ValueExpression => $"{{{Name}.value}}";

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(_value);
}
