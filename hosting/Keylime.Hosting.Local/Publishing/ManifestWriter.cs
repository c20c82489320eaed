using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Resources;

namespace Aspire.Hosting.Publishing;

/// <summary>Writes the composition as Aspire's deployment manifest, schema aspire-8.0, for tools that read it (aspirate). What local mode runs as processes is a container there.</summary>
internal static class ManifestWriter
{
    private const string Schema = "https://json.schemastore.org/aspire-8.0.json";
    // As Aspire 13.1.3 pins them.
    private const string PostgresImage = "docker.io/library/postgres:17.6";
    private const string RedisImage = "docker.io/library/redis:8.2";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(IReadOnlyList<IResource> model, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var published = model.Where(resource => !resource.Annotations.OfType<ExcludedFromManifestAnnotation>().Any()).ToList();
        var resources = new JsonObject();
        foreach (var resource in published)
            resources[resource.Name] = Describe(resource, folder);
        foreach (var password in published.Select(Password).OfType<ParameterResource>())
            resources[password.Name] = DescribePassword(password);

        Directory.CreateDirectory(folder);
        File.WriteAllText(path, new JsonObject { ["$schema"] = Schema, ["resources"] = resources }.ToJsonString(Indented) + "\n");
    }

    private static JsonObject Describe(IResource resource, string folder) => resource switch
    {
        ProjectResource project => DescribeProject(project, folder),
        ExecutableResource executable => DescribeExecutable(executable, folder),
        PostgresServerResource postgres => DescribePostgres(postgres),
        PostgresDatabaseResource database => new() { ["type"] = "value.v0", ["connectionString"] = database.ConnectionStringExpression.ValueExpression },
        RedisResource redis => DescribeRedis(redis),
        _ => throw new NotSupportedException($"The manifest has no form for {resource.GetType().Name}"),
    };

    private static JsonObject DescribeProject(ProjectResource project, string folder) => With(
        new() { ["type"] = "project.v0", ["path"] = Relative(folder, project.Annotations.OfType<ProjectAnnotation>().Single().Project.ProjectPath) },
        ("args", Arguments(project)), ("env", Environment(project)), ("bindings", Bindings(project)));

    private static JsonObject DescribeExecutable(ExecutableResource executable, string folder) => With(
        new() { ["type"] = "executable.v0", ["workingDirectory"] = Relative(folder, executable.WorkingDirectory), ["command"] = executable.Command },
        ("args", Arguments(executable)), ("env", Environment(executable)), ("bindings", Bindings(executable)));

    private static JsonObject DescribePostgres(PostgresServerResource postgres) => With(
        new()
        {
            ["type"] = "container.v0",
            ["connectionString"] = postgres.ConnectionStringExpression.ValueExpression,
            ["image"] = PostgresImage,
            ["env"] = new JsonObject
            {
                ["POSTGRES_HOST_AUTH_METHOD"] = "scram-sha-256",
                ["POSTGRES_INITDB_ARGS"] = "--auth-host=scram-sha-256 --auth-local=scram-sha-256",
                ["POSTGRES_USER"] = PostgresServerResource.UserName,
                ["POSTGRES_PASSWORD"] = postgres.Password.ValueExpression,
            },
        },
        ("bindings", Bindings(postgres)));

    private static JsonObject DescribeRedis(RedisResource redis) => With(
        new()
        {
            ["type"] = "container.v0",
            ["connectionString"] = redis.ConnectionStringExpression.ValueExpression,
            ["image"] = RedisImage,
            ["entrypoint"] = "/bin/sh",
            ["args"] = new JsonArray("-c", "redis-server --requirepass $REDIS_PASSWORD"),
            ["env"] = new JsonObject { ["REDIS_PASSWORD"] = redis.Password.ValueExpression },
        },
        ("bindings", Bindings(redis)));

    private static JsonObject DescribePassword(ParameterResource password)
    {
        var generate = new JsonObject { ["minLength"] = ParameterResource.MinLength };
        if (!password.SpecialCharacters)
            generate["special"] = false;
        return new()
        {
            ["type"] = "parameter.v0",
            ["value"] = $"{{{password.Name}.inputs.value}}",
            ["inputs"] = new JsonObject
            {
                ["value"] = new JsonObject { ["type"] = "string", ["secret"] = true, ["default"] = new JsonObject { ["generate"] = generate } },
            },
        };
    }

    private static JsonArray? Arguments(IResource resource) =>
        ResourceEnvironment.DescribeArguments(resource).Select(argument => (JsonNode)Expression(argument)).ToArray() is { Length: > 0 } arguments ? new(arguments) : null;

    private static JsonObject? Environment(IResource resource)
    {
        var variables = new JsonObject();
        foreach (var (name, value) in ResourceEnvironment.Describe(resource, publishes: true))
            variables[name] = Expression(value);
        return variables.Count == 0 ? null : variables;
    }

    private static JsonObject? Bindings(IResource resource)
    {
        var bindings = new JsonObject();
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            var binding = new JsonObject { ["scheme"] = endpoint.UriScheme, ["protocol"] = "tcp", ["transport"] = endpoint.Transport };
            if (endpoint.Port is { } port)
                binding["port"] = port;
            if (endpoint.TargetPort is { } targetPort)
                binding["targetPort"] = targetPort;
            if (endpoint.IsExternal)
                binding["external"] = true;
            bindings[endpoint.Name] = binding;
        }

        return bindings.Count == 0 ? null : bindings;
    }

    private static string Expression(object value) =>
        value is IManifestExpressionProvider provider ? provider.ValueExpression : value.ToString() ?? "";

    private static ParameterResource? Password(IResource resource) => resource switch
    {
        PostgresServerResource postgres => postgres.Password,
        RedisResource redis => redis.Password,
        _ => null,
    };

    private static JsonObject With(JsonObject resource, params ReadOnlySpan<(string Name, JsonNode? Value)> optional)
    {
        foreach (var (name, value) in optional)
            if (value is not null)
                resource[name] = value;
        return resource;
    }

    private static string Relative(string folder, string path) => Path.GetRelativePath(folder, path);
}
