using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceAnnotation</c>: one fact about a resource.</summary>
#pragma warning disable CA1040 // A marker by Aspire's design.
public interface IResourceAnnotation;
#pragma warning restore CA1040

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceAnnotationCollection</c>.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;
