using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceCollection</c>: the parts of an application.</summary>
#pragma warning disable CA1711 // Aspire's name.
public interface IResourceCollection : IList<IResource>;
#pragma warning restore CA1711

internal sealed class ResourceCollection : Collection<IResource>, IResourceCollection;
