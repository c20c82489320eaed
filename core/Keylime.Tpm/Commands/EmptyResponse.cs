namespace Keylime.Tpm.Commands;

/// <summary>Response of a command that gives nothing back but its success.</summary>
public sealed record EmptyResponse
{
    internal static readonly EmptyResponse Instance = new();
}
