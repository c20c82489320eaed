namespace Aspire.Hosting.ApplicationModel;

/// <summary>Aspire's rule for the names of resources and endpoints. They become DNS labels, file names and parts of variables.</summary>
internal static class ModelName
{
    private const int MaxLength = 64;

    public static void Validate(string kind, string name)
    {
        if (Fault(name) is { } fault)
            throw new ArgumentException($"{kind} name '{name}' is invalid. {fault}", nameof(name));
    }

    private static string? Fault(string name) => name switch
    {
        "" or { Length: > MaxLength } => $"Name must be between 1 and {MaxLength} characters long.",
        _ when !char.IsAsciiLetter(name[0]) => "Name must start with an ASCII letter.",
        _ when !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') => "Name must contain only ASCII letters, digits, and hyphens.",
        _ when name.Contains("--", StringComparison.Ordinal) => "Name cannot contain consecutive hyphens.",
        _ when name[^1] == '-' => "Name cannot end with a hyphen.",
        _ => null,
    };
}
