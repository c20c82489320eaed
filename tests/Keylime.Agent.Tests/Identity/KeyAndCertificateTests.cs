using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.Agent.Identity;
using Keylime.Protocol;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Agent.Tests.Identity;

public sealed class KeyAndCertificateTests : IDisposable
{
    private static readonly AgentId s_agent = AgentId.Parse(AgentIdChoice.Default);
    private static readonly DateTimeOffset s_now = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    public void Keeps_a_key_over_restarts_for_its_owner_only(string password)
    {
        using var made = PrivateKeyFile.LoadOrCreatePayloadKey(_folder.At("key"), password);
        using var loaded = PrivateKeyFile.LoadOrCreatePayloadKey(_folder.At("key"), password);
        Assert.Equal(made.ExportSubjectPublicKeyInfoPem(), loaded.ExportSubjectPublicKeyInfoPem());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.At("key")));
        Assert.StartsWith(password.Length == 0 ? "-----BEGIN PRIVATE KEY-----" : "-----BEGIN ENCRYPTED PRIVATE KEY-----", File.ReadAllText(_folder.At("key")), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_an_encrypted_key_without_its_password()
    {
        PrivateKeyFile.LoadOrCreateServerKey(_folder.At("key"), "secret").Dispose();
        Assert.Throws<ConfigurationException>(() => PrivateKeyFile.LoadOrCreateServerKey(_folder.At("key"), "wrong"));
        Assert.Throws<ConfigurationException>(() => PrivateKeyFile.LoadOrCreateServerKey(_folder.At("key"), ""));
    }

    [Fact]
    public void Refuses_a_key_that_others_may_read()
    {
        PrivateKeyFile.LoadOrCreateServerKey(_folder.At("key"), "").Dispose();
        File.SetUnixFileMode(_folder.At("key"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Throws<ConfigurationException>(() => PrivateKeyFile.LoadOrCreateServerKey(_folder.At("key"), ""));
    }

    [Fact]
    public void A_payload_key_is_RSA_2048_and_nothing_else()
    {
        PrivateKeyFile.LoadOrCreateServerKey(_folder.At("ec"), "").Dispose();
        Assert.Throws<ConfigurationException>(() => PrivateKeyFile.LoadOrCreatePayloadKey(_folder.At("ec"), ""));
        using var small = RSA.Create(1024);
        File.WriteAllText(_folder.At("small"), small.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(_folder.At("small"), UnixFileMode.UserRead);
        Assert.Throws<ConfigurationException>(() => PrivateKeyFile.LoadOrCreatePayloadKey(_folder.At("small"), ""));
    }

    [Fact]
    public void Takes_over_an_older_agents_RSA_key_for_TLS()
    {
        using var rsa = RSA.Create(2048);
        File.WriteAllText(_folder.At("key"), rsa.ExportRSAPrivateKeyPem());
        File.SetUnixFileMode(_folder.At("key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var loaded = PrivateKeyFile.LoadOrCreateServerKey(_folder.At("key"), "");
        using var certificate = ServerCertificate.LoadOrCreate(_folder.At("cert"), loaded, s_agent, "127.0.0.1", s_now);
        Assert.NotNull(certificate.GetRSAPrivateKey());
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7", null)]
    [InlineData("2001:db8::7", "2001:db8::7", null)]
    [InlineData("node7.example", null, "node7.example")]
    [InlineData("127.0.0.1", null, null)]
    public void The_certificate_names_the_agent_and_where_it_is_found(string contact, string? address, string? name)
    {
        using var key = PrivateKeyFile.LoadOrCreateServerKey(_folder.At("key"), "");
        using var certificate = ServerCertificate.LoadOrCreate(_folder.At("cert"), key, s_agent, contact, s_now);
        Assert.Equal($"CN={s_agent}", certificate.Subject);
        Assert.Equal(s_now.AddDays(365), certificate.NotAfter.ToUniversalTime());
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        IEnumerable<IPAddress> addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback];
        Assert.Equal(address is null ? addresses : addresses.Append(IPAddress.Parse(address)), names.EnumerateIPAddresses());
        IEnumerable<string> hosts = ["localhost", "localhost.domain"];
        Assert.Equal(name is null ? hosts : hosts.Append(name), names.EnumerateDnsNames());
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, VerificationTime = s_now.UtcDateTime } };
        chain.ChainPolicy.CustomTrustStore.Add(certificate);
        Assert.True(chain.Build(certificate));
    }

    [Fact]
    public void The_certificate_is_kept_because_peers_pin_it()
    {
        using var key = PrivateKeyFile.LoadOrCreateServerKey(_folder.At("key"), "");
        using var first = ServerCertificate.LoadOrCreate(_folder.At("cert"), key, s_agent, "127.0.0.1", s_now);
        using var second = ServerCertificate.LoadOrCreate(_folder.At("cert"), key, AgentId.Parse("another"), "192.0.2.1", s_now.AddDays(400));
        Assert.Equal(first.RawData, second.RawData);
    }

    [Fact]
    public void A_certificate_of_another_key_is_refused()
    {
        using var key = PrivateKeyFile.LoadOrCreateServerKey(_folder.At("key"), "");
        ServerCertificate.LoadOrCreate(_folder.At("cert"), key, s_agent, "127.0.0.1", s_now).Dispose();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Throws<ConfigurationException>(() => ServerCertificate.LoadOrCreate(_folder.At("cert"), other, s_agent, "127.0.0.1", s_now));
        File.WriteAllText(_folder.At("junk"), "no certificate");
        Assert.Throws<ConfigurationException>(() => ServerCertificate.LoadOrCreate(_folder.At("junk"), key, s_agent, "127.0.0.1", s_now));
    }

    public void Dispose() => _folder.Dispose();
}
