using Keylime.ServiceDefaults.Configuration;
using Microsoft.Extensions.Configuration;

namespace Keylime.Gateway.Tests;

public class GatewayOptionsTests
{
    [Fact]
    public void Listens_where_keylime_does_and_takes_back_ends_from_lists_and_from_discovery()
    {
        var options = Read([("REGISTRARS", "[\"10.0.0.1:8891\", \"10.0.0.2:8891\"]")], [("services:verifier-0:mtls:0", "https://10.0.0.9:1"), ("services:registrar-0:plain:0", "http://10.0.0.8:2")]);
        Assert.Equal((8881, 8890, 8891), (options.VerifierPort, options.RegistrarPort, options.RegistrarTlsPort));
        Assert.Equal([new("verifier-0", new("https://10.0.0.9:1"))], options.Verifiers);
        Assert.Equal([new("10.0.0.1:8891", new("https://10.0.0.1:8891")), new("10.0.0.2:8891", new("https://10.0.0.2:8891"))], options.Registrars);
        Assert.Equal([new("registrar-0", new("http://10.0.0.8:2"))], options.PlainRegistrars);
        Assert.Equal(TimeSpan.FromSeconds(60), options.RequestTimeout);
        Assert.Null(options.Redis);
        Assert.Null(options.Zone);
    }

    [Fact]
    public void A_listed_back_end_may_carry_a_zone_that_is_no_part_of_its_name()
    {
        var options = Read([("VERIFIERS", "10.0.0.1:8881@east"), ("REGISTRARS", "10.0.0.2:8891@west"), ("ZONE", "east")], []);
        Assert.Equal([new("10.0.0.1:8881", new("https://10.0.0.1:8881"), "east")], options.Verifiers);
        Assert.Equal([new("10.0.0.2:8891", new("https://10.0.0.2:8891"), "west")], options.Registrars);
        Assert.Equal("east", options.Zone);
    }

    [Fact]
    public void Needs_no_list_of_verifiers_when_they_announce_themselves() =>
        Assert.Equal("redis:6379", Read([("REGISTRARS", "10.0.0.1:8891")], [("ConnectionStrings:redis", "redis:6379")]).Redis);

    [Theory]
    [InlineData("verifiers", "")]
    [InlineData("verifiers", "nonsense")]
    [InlineData("registrars", "10.0.0.1")]
    [InlineData("registrars", "10.0.0.1:8891@")]
    [InlineData("registrars", "10.0.0.1:8891@a:b")]
    [InlineData("zone", "no zone")]
    [InlineData("verifier_port", "0")]
    [InlineData("verifier_port", "8890")]
    [InlineData("registrar_tls_port", "70000")]
    [InlineData("lease_duration", "0.1")]
    [InlineData("shard_count", "0")]
    [InlineData("request_timeout", "never")]
    [InlineData("health_check_timeout", "0")]
    public void Names_the_option_that_it_cannot_use(string option, string value)
    {
        var variable = option.ToUpperInvariant();
        (string, string)[] good = [("VERIFIERS", "10.0.0.1:8881"), ("REGISTRARS", "10.0.0.1:8891")];
        var error = Assert.Throws<ConfigurationException>(() => Read([.. good.Where(o => o.Item1 != variable), (variable, value)], []));
        Assert.Contains(option, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_the_discovery_variable_that_it_cannot_use()
    {
        var error = Assert.Throws<ConfigurationException>(() => Read([("REGISTRARS", "10.0.0.1:8891")], [("services:verifier-0:mtls:0", "http://10.0.0.9:1")]));
        Assert.Contains("services__verifier-0__mtls__0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Needs_registrars() => Assert.Throws<ConfigurationException>(() => Read([("VERIFIERS", "10.0.0.1:8881")], []));

    private static GatewayOptions Read((string Option, string Value)[] options, (string Key, string Value)[] configuration) => GatewayOptions.Read(
        KeylimeSettings.Load("gateway", options.ToDictionary(o => $"KEYLIME_GATEWAY_{o.Option}", o => o.Value), "/nowhere"),
        new ConfigurationBuilder().AddInMemoryCollection(configuration.ToDictionary(c => c.Key, string? (c) => c.Value)).Build());
}
