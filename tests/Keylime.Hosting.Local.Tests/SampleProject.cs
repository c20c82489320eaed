namespace Aspire.Hosting.Tests;

/// <summary>As the build would generate it: a project in a sibling folder.</summary>
internal sealed class SampleProject : IBuiltProject
{
    public string ProjectPath { get; } = Path.GetFullPath("../Sample/Sample.csproj", AppHost.Directory);
    public string TargetPath => typeof(SampleProject).Assembly.Location;
}
