using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.IProjectMetadata</c>: implemented by the generated <c>Projects.*</c> types.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }
}

/// <summary>Ours, implemented by the generated types too: the assembly that the build made of the project, so that nothing is built or looked for at start.</summary>
public interface IBuiltProject : IProjectMetadata
{
    string TargetPath { get; }
}
