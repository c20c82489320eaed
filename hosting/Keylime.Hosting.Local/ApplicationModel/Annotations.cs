namespace Aspire.Hosting.ApplicationModel;

/// <summary>One environment variable, in the order of declaration: a later one of the same name wins.</summary>
internal sealed record EnvironmentAnnotation(string Name, object Value) : IResourceAnnotation;

internal sealed record ArgumentAnnotation(object Value) : IResourceAnnotation;

internal enum WaitKind { Healthy, Completed }

internal sealed record WaitAnnotation(IResource Resource, WaitKind Kind) : IResourceAnnotation;

/// <summary>A check registered under <paramref name="Key"/> must pass before the resource counts as healthy.</summary>
internal sealed record HealthCheckAnnotation(string Key) : IResourceAnnotation;

internal sealed record ExplicitStartAnnotation : IResourceAnnotation;

/// <summary>No <c>X-Forwarded-*</c> header is believed in a deployment.</summary>
internal sealed record NoForwardedHeadersAnnotation : IResourceAnnotation;

internal sealed record ExcludedFromManifestAnnotation : IResourceAnnotation;

internal sealed record ProjectAnnotation(IProjectMetadata Project) : IResourceAnnotation;

/// <summary>What references to others bring into the environment; see <see cref="ReferenceEnvironmentInjectionFlags"/>.</summary>
internal sealed record ReferenceEnvironmentAnnotation(ReferenceEnvironmentInjectionFlags Flags) : IResourceAnnotation;

internal sealed record ResourceReferenceAnnotation(IResource Resource, string Name) : IResourceAnnotation;

internal sealed record ResourceCommandAnnotation(
    string Name, string DisplayName, Func<ExecuteCommandContext, Task<ExecuteCommandResult>> ExecuteCommand) : IResourceAnnotation;
