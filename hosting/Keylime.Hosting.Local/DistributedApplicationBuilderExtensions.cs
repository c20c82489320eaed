using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.DistributedApplicationBuilderExtensions</c>.</summary>
public static class DistributedApplicationBuilderExtensions
{
    /// <summary>A builder for a resource that is there already: tests change with it what Program.cs has composed.</summary>
    public static IResourceBuilder<T> CreateResourceBuilder<T>(this IDistributedApplicationBuilder builder, string name) where T : IResource =>
        builder.Resources.FirstOrDefault(resource => string.Equals(resource.Name, name, StringComparison.OrdinalIgnoreCase)) switch
        {
            T found => new ResourceBuilder<T>(builder, found),
            null => throw new InvalidOperationException($"There is no resource '{name}'."),
            var other => throw new InvalidOperationException($"The resource '{name}' is a {other.GetType().Name}, no {typeof(T).Name}."),
        };
}
