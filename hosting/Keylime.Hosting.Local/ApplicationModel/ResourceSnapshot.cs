using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.CustomResourceSnapshot</c>: a resource as it is now.</summary>
public sealed record CustomResourceSnapshot
{
    public required string ResourceType { get; init; }
    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }
    public ResourceStateSnapshot? State { get; init; }
    public int? ExitCode { get; init; }
    public HealthStatus? HealthStatus { get; init; }
    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceStateSnapshot</c>.</summary>
public sealed record ResourceStateSnapshot(string Text, string? Style);

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourcePropertySnapshot</c>.</summary>
public sealed record ResourcePropertySnapshot(string Name, object? Value);

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.UrlSnapshot</c>.</summary>
public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal);

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceEvent</c>: a resource and what it has become.</summary>
public sealed class ResourceEvent(IResource resource, CustomResourceSnapshot snapshot)
{
    public IResource Resource => resource;
    public string ResourceId => resource.Name;
    public CustomResourceSnapshot Snapshot => snapshot;
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.KnownResourceStates</c>.</summary>
public static class KnownResourceStates
{
    public static readonly string NotStarted = nameof(NotStarted);
    public static readonly string Waiting = nameof(Waiting);
    public static readonly string Starting = nameof(Starting);
    public static readonly string Running = nameof(Running);
    public static readonly string Stopping = nameof(Stopping);
    /// <summary>Ended other than by itself with code 0.</summary>
    public static readonly string Exited = nameof(Exited);
    /// <summary>Ended by itself with code 0.</summary>
    public static readonly string Finished = nameof(Finished);
    public static readonly string FailedToStart = nameof(FailedToStart);
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}
