namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.EndpointAnnotation</c>: where a resource listens.</summary>
public sealed class EndpointAnnotation : IResourceAnnotation
{
    internal EndpointAnnotation(string name, string uriScheme, int? port, int? targetPort, bool toldToProgram)
    {
        ModelName.Validate("Endpoint", name);
        Name = name;
        UriScheme = uriScheme;
        Port = port;
        TargetPort = targetPort;
        IsToldToProgram = toldToProgram;
    }

    public string Name { get; }
    public string UriScheme { get; }
    public int? Port { get; }
    /// <summary>The port inside a container. Run mode has no containers and no proxy: there the program listens on <see cref="Port"/> itself.</summary>
    public int? TargetPort { get; }
    public bool IsExternal { get; internal set; }

    /// <summary>The program learns the port from a variable of its own, and not from ASP.NET Core's.</summary>
    internal bool IsToldToProgram { get; }
    internal string Transport => UriScheme is "http" or "https" ? "http" : "tcp";

    /// <summary>The port chosen for this run, once: it survives restarts of the resource. Null before the application starts.</summary>
    internal int? AllocatedPort { get; set; }
}
