namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResource</c>: a named part of the composition.</summary>
public interface IResource
{
    string Name { get; }
    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithEnvironment</c>.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithArgs</c>.</summary>
public interface IResourceWithArgs : IResource;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithEndpoints</c>.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithServiceDiscovery</c>.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithWaitSupport</c>: a resource that can be made to wait for others.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithParent</c>.</summary>
public interface IResourceWithParent : IResource
{
    IResource Parent { get; }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithConnectionString</c>.</summary>
public interface IResourceWithConnectionString : IResource, IValueProvider, IManifestExpressionProvider
{
    ReferenceExpression ConnectionStringExpression { get; }

    ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        ConnectionStringExpression.GetValueAsync(cancellationToken);

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetConnectionStringAsync(cancellationToken);

    string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";
}
