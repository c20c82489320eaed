namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.Resource</c>.</summary>
public abstract class Resource : IResource
{
    protected Resource(string name)
    {
        ModelName.Validate("Resource", name);
        Name = name;
    }

    public string Name { get; }
    public ResourceAnnotationCollection Annotations { get; } = [];
}
