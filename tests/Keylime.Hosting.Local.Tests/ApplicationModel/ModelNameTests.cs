using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.ApplicationModel;

public sealed class ModelNameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("verifier-0")]
    [InlineData("Redis")]
    [InlineData("a123456789-123456789-123456789-123456789-123456789-123456789-123")]
    public void Accepts_what_aspire_accepts(string name) => ModelName.Validate("Resource", name);

    [Theory]
    [InlineData("", "between 1 and 64")]
    [InlineData("a123456789-123456789-123456789-123456789-123456789-123456789-1234", "between 1 and 64")]
    [InlineData("0verifier", "start with")]
    [InlineData("-verifier", "start with")]
    [InlineData("a_b", "only ASCII letters")]
    [InlineData("a.b", "only ASCII letters")]
    [InlineData("a\"b", "only ASCII letters")]
    [InlineData("é", "start with")]
    [InlineData("a--b", "consecutive hyphens")]
    [InlineData("a-", "end with a hyphen")]
    public void Refuses_what_aspire_refuses_and_says_why(string name, string reason) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => ModelName.Validate("Resource", name)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Names_are_unique_regardless_of_case()
    {
        var builder = AppHost.Create();
        builder.AddRedis("redis");
        Assert.Throws<InvalidOperationException>(() => builder.AddRedis("Redis"));
        await builder.BuildUntested().DisposeAsync();
    }

    [Fact]
    public async Task A_resource_has_one_endpoint_of_a_name()
    {
        var builder = AppHost.Create();
        var executable = builder.AddExecutable("tool", "true", ".").WithHttpEndpoint(name: "web");
        Assert.Throws<InvalidOperationException>(() => executable.WithHttpsEndpoint(name: "Web"));
        await builder.BuildUntested().DisposeAsync();
    }
}
