using System.Diagnostics.CodeAnalysis;

namespace Keylime.Sharding;

/// <summary>Who holds a lease: one process at one place. A restarted process is another owner, also under the same instance name: its
/// predecessor may only be paused.</summary>
/// <param name="Instance">Instance name of the member.</param>
/// <param name="Process">Random, new with every start of the process.</param>
public sealed record LeaseOwner(string Instance, Guid Process)
{
    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out LeaseOwner? owner)
    {
        owner = null;
        var slash = text?.LastIndexOf('/') ?? -1;
        if (slash < 1 || !Guid.TryParseExact(text.AsSpan(slash + 1), "N", out var process)) return false;
        // Guid.TryParseExact is lenient about spaces and case; one owner has one spelling.
        var read = new LeaseOwner(text![..slash], process);
        owner = read.ToString() == text ? read : null;
        return owner is not null;
    }

    /// <summary><c>instance/process</c>, the process as 32 hex digits: the value that stores keep.</summary>
    public override string ToString() => $"{Instance}/{Process:N}";
}
