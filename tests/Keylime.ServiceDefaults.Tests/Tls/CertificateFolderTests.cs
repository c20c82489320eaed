using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.ServiceDefaults.Tests.Tls;

public sealed class CertificateFolderTests : IDisposable
{
    private static readonly string[] Files =
    [
        "ca-private.pem", "cacert.crt", "server-private.pem", "server-public.pem", "server-cert.crt", "client-private.pem", "client-public.pem",
        "client-cert.crt", "gateway-private.pem", "gateway-public.pem", "gateway-cert.crt",
    ];

    private readonly TemporaryFolder _parent = new();

    private string Folder => _parent.At("cv_ca");

    public void Dispose() => _parent.Dispose();

    [Theory]
    [InlineData("p256")]
    [InlineData("p384")]
    [InlineData("rsa2048")]
    public void Creates_what_openssl_accepts(string kind)
    {
        Assert.Equal(Files.Order(), CertificateFolder.CreateMissing(Folder, new() { KeyKind = KeyKind.Parse(kind), AlternativeNames = ["DNS:keylime.example", "IP:192.0.2.7"] }, TimeProvider.System).Order());
        Assert.Contains("OK", OpenSsl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "keylime.example", "-CAfile", At("cacert.crt"), At("server-cert.crt")), StringComparison.Ordinal);
        Assert.Contains("OK", OpenSsl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_ip", "192.0.2.7", "-CAfile", At("cacert.crt"), At("gateway-cert.crt")), StringComparison.Ordinal);
        Assert.Contains("OK", OpenSsl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", At("cacert.crt"), At("gateway-cert.crt")), StringComparison.Ordinal);
        Assert.Contains("OK", OpenSsl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", At("cacert.crt"), At("client-cert.crt")), StringComparison.Ordinal);
        Assert.Equal(OpenSsl("pkey", "-in", At("server-private.pem"), "-pubout"), File.ReadAllText(At("server-public.pem")));
        Assert.Equal(OpenSsl("x509", "-in", At("server-cert.crt"), "-noout", "-pubkey"), File.ReadAllText(At("server-public.pem")));
    }

    [Fact]
    public void Makes_no_server_of_a_client()
    {
        CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System);
        Assert.DoesNotContain("OK", OpenSsl("verify", "-purpose", "sslserver", "-CAfile", At("cacert.crt"), At("client-cert.crt")), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_only_the_gateway_as_the_gateway()
    {
        CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System);
        Assert.Equal((true, false, false), (IsGateway("gateway"), IsGateway("server"), IsGateway("client")));
    }

    [Fact]
    public void Keeps_keys_from_others()
    {
        CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        Assert.All(Files.Where(f => f.EndsWith("-private.pem", StringComparison.Ordinal)), f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At(f))));
    }

    [Fact]
    public void Never_writes_over_a_file()
    {
        CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System);
        var before = Files.ToDictionary(f => f, f => File.ReadAllText(At(f)));
        Assert.Empty(CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System));
        Assert.Equal(before, Files.ToDictionary(f => f, f => File.ReadAllText(At(f))));
    }

    [Theory]
    [InlineData("client-cert.crt")]
    [InlineData("cacert.crt")]
    [InlineData("server-private.pem")]
    public void Goes_on_where_an_earlier_run_was_interrupted(string lastWritten)
    {
        CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System);
        var order = Files.ToList();
        foreach (var missing in order.Skip(order.IndexOf(lastWritten) + 1)) File.Delete(At(missing));
        CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System);
        foreach (var name in (string[])["server", "client", "gateway"])
        {
            TlsIdentity.Read(At($"{name}-cert.crt"), At($"{name}-private.pem"), "");
            Assert.Contains("OK", OpenSsl("verify", "-x509_strict", "-CAfile", At("cacert.crt"), At($"{name}-cert.crt")), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Is_made_once_by_processes_that_start_together()
    {
        var created = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System).Count)));
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, Files.Length], created.Order());
    }

    [Fact]
    public void Adds_nothing_to_a_folder_of_another_authority()
    {
        _parent.Write("cv_ca/cacert.crt", "an operator's own");
        Assert.Empty(CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System));
    }

    [Fact]
    public void Creates_certificates_of_clients_beside_a_revocation_list()
    {
        CertificateFolder.CreateClient(Folder, "agent-0", new() { KeyKind = KeyKind.Rsa(2048) }, TimeProvider.System);
        Assert.Equal(["agent-1-private.pem", "agent-1-public.pem", "agent-1-cert.crt"], CertificateFolder.CreateClient(Folder, "agent-1", new(), TimeProvider.System));
        Assert.Contains("OK", OpenSsl("verify", "-x509_strict", "-crl_check", "-purpose", "sslclient", "-CAfile", At("cacert.crt"), "-CRLfile", At("cacrl.pem"), At("agent-0-cert.crt")), StringComparison.Ordinal);
        Assert.Equal(OpenSsl("crl", "-inform", "DER", "-in", At("cacrl.der"), "-text"), OpenSsl("crl", "-in", At("cacrl.pem"), "-text"));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void Refuses_a_key_that_is_open_to_others(UnixFileMode open)
    {
        CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System);
        File.SetUnixFileMode(At("server-private.pem"), UnixFileMode.UserRead | UnixFileMode.UserWrite | open);
        var error = Assert.Throws<ConfigurationException>(() => TlsIdentity.Read(At("server-cert.crt"), At("server-private.pem"), ""));
        Assert.StartsWith($"{At("server-private.pem")}: the private key is open to others (mode 6", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_encrypted_keys_with_their_password_only()
    {
        CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System);
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(At("server-private.pem")));
        File.WriteAllText(At("server-private.pem"), key.ExportEncryptedPkcs8PrivateKeyPem("secret", new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        Assert.True(TlsIdentity.Read(At("server-cert.crt"), At("server-private.pem"), "secret").Certificate.HasPrivateKey);
        Assert.Throws<ConfigurationException>(() => TlsIdentity.Read(At("server-cert.crt"), At("server-private.pem"), "wrong"));
        Assert.Contains("no password is set", Assert.Throws<ConfigurationException>(() => TlsIdentity.Read(At("server-cert.crt"), At("server-private.pem"), "")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_key_of_another_certificate()
    {
        CertificateFolder.CreateMissing(Folder, new(), TimeProvider.System);
        Assert.Contains("not the private key of the certificate", Assert.Throws<ConfigurationException>(() => TlsIdentity.Read(At("server-cert.crt"), At("client-private.pem"), "")).Message, StringComparison.Ordinal);
    }

    private string At(string name) => Path.Combine(Folder, name);

    private bool IsGateway(string name)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(At($"{name}-cert.crt"));
        return GatewayIdentity.IsGateway(certificate);
    }

    private static string OpenSsl(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
