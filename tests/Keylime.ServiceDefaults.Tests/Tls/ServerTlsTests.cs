using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.ServiceDefaults.Tests.Tls;

public sealed class ServerTlsTests : IDisposable
{
    private readonly TemporaryFolder _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public void Generates_the_verifiers_folder_that_registrar_and_tenant_use()
    {
        var verifier = ServerTls.Load(Settings("verifier"));
        Assert.True(File.Exists(_work.At("cv_ca/client-private.pem")));
        Assert.Equal(verifier.Identity.Certificate.Thumbprint, ServerTls.Load(Settings("registrar")).Identity.Certificate.Thumbprint);
        Assert.Equal("CN=client", ClientTls.Load(Settings("tenant")).Identity!.Certificate.Subject);
        Assert.Equal("CN=gateway", ServerTls.Load(Settings("gateway"), "gateway").Identity.Certificate.Subject);
    }

    [Fact]
    public void Generates_an_authority_of_its_own_for_a_registrar_that_asks() =>
        Assert.NotNull(ServerTls.Load(Settings("registrar", ("KEYLIME_REGISTRAR_TLS_DIR", "generate"), ("KEYLIME_REGISTRAR_TRUSTED_CLIENT_CA", "cacert.crt"))));

    [Fact]
    public void Takes_files_relative_to_a_folder()
    {
        CertificateFolder.CreateMissing(_work.At("own"), new(), TimeProvider.System);
        File.Move(_work.At("own/server-private.pem"), _work.At("own/my.pem"));
        var tls = ServerTls.Load(Settings("verifier", ("KEYLIME_VERIFIER_TLS_DIR", _work.At("own")), ("KEYLIME_VERIFIER_SERVER_KEY", "my.pem"), ("KEYLIME_VERIFIER_TRUSTED_CLIENT_CA", "['cacert.crt', 'server-cert.crt']")));
        Assert.Equal(2, tls.Clients.Roots.Count);
    }

    [Fact]
    public void Trusts_nobody_with_an_empty_list_and_names_nobody_with_all()
    {
        Assert.True(ServerTls.Load(Settings("verifier", ("KEYLIME_VERIFIER_TRUSTED_CLIENT_CA", "[]"))).Clients.IsEmpty);
        Assert.True(ServerTls.Load(Settings("verifier", ("KEYLIME_VERIFIER_TRUSTED_CLIENT_CA", "all"))).Clients.IsUnverified);
    }

    [Fact]
    public void Names_the_file_that_is_missing() =>
        Assert.Equal($"{_work.At("cv_ca/server-cert.crt")}: no such file", Assert.Throws<ConfigurationException>(() => ServerTls.Load(Settings("registrar"))).Message);

    private KeylimeSettings Settings(string component, params (string Name, string Value)[] more) =>
        KeylimeSettings.Load(component, more.Append(("KEYLIME_DIR", _work.Path)).ToDictionary(e => e.Item1, e => e.Item2), _work.Path);
}
