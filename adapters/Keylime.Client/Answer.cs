using System.Diagnostics.CodeAnalysis;

namespace Keylime.Client;

/// <summary>What a request led to: an answer of the 200s, or a failure. Neither throws; a cancelled token does.</summary>
/// <param name="Status">HTTP status; null when no answer came.</param>
/// <param name="Message">The envelope's <c>status</c> text, or what went wrong.</param>
/// <param name="Value">The envelope's <c>results</c>; null unless <see cref="IsGood"/>.</param>
/// <param name="Fault">Why there is no value.</param>
public sealed record Answer<T>(int? Status, string Message, T? Value, Fault Fault) where T : class
{
    [MemberNotNullWhen(true, nameof(Value), nameof(Status))]
    public bool IsGood => Fault == Fault.None;

    /// <summary>The same failure, for a caller who wanted something else.</summary>
    public Answer<TOther> As<TOther>() where TOther : class => new(Status, Message, null, Fault);

    /// <summary>For people: the status and the message.</summary>
    public override string ToString() => Status is null ? Message : $"{Status} {Message}";
}

/// <summary>The kinds of failure, by what a caller can do about them.</summary>
public enum Fault
{
    None,
    /// <summary>No answer: refused, unreachable, TLS failed, timed out. Another try, or another address, may help.</summary>
    Transport,
    /// <summary>The server said no; <see cref="Answer{T}.Status"/> says how.</summary>
    Refused,
    /// <summary>An answer of the 200s that is not what the protocol says, or larger than allowed.</summary>
    Malformed,
}
