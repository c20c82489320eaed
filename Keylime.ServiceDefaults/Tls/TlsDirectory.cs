using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>Resolves Keylime's TLS options to files: <c>tls_dir</c> is <c>generate</c>, <c>default</c> or a path; file names are relative to it.</summary>
internal sealed class TlsDirectory
{
    private readonly KeylimeSettings _settings;

    private TlsDirectory(KeylimeSettings settings, string path)
    {
        _settings = settings;
        Path = path;
    }

    public string Path { get; }

    public static TlsDirectory Open(KeylimeSettings settings, TimeProvider time)
    {
        var shared = System.IO.Path.Combine(settings.WorkDirectory, "cv_ca");
        switch (settings.GetText("tls_dir", settings.Component == "verifier" ? "generate" : "default"))
        {
            case "generate":
                // Keylime's registrar keeps an authority of its own.
                var directory = settings.Component == "registrar" ? System.IO.Path.Combine(settings.WorkDirectory, "reg_ca") : shared;
                CertificateFolder.CreateMissing(directory, CertificateFolderOptions.Read(settings), time);
                return new(settings, directory);
            case "default" or "":
                return new(settings, shared);
            case var path:
                return new(settings, System.IO.Path.Combine(settings.WorkDirectory, path));
        }
    }

    /// <summary>The file that an option names; <paramref name="standard"/> for <c>default</c>.</summary>
    public string FileOf(string option, string standard) =>
        _settings.GetText(option, "default") is "default" or "" ? At(standard) : At(_settings.GetText(option, ""));

    /// <summary>Reads <c>trusted_client_ca</c> or <c>trusted_server_ca</c>.</summary>
    public CertificateTrust TrustOf(string option)
    {
        // "default" is the verifier's authority, whatever tls_dir says.
        var files = _settings.GetList(option, ["default"]);
        return files switch
        {
            [] => CertificateTrust.Nobody,
            ["all"] => CertificateTrust.Unverified,
            _ => CertificateTrust.In(files.SelectMany(file => CertificateFiles.ReadCertificates(file == "default" ? DefaultAuthority : At(file)))),
        };
    }

    private string DefaultAuthority
    {
        get
        {
            var shared = System.IO.Path.Combine(_settings.WorkDirectory, "cv_ca", CertificateFolder.AuthorityCertificate);
            // A folder made by `ca init` or generated elsewhere than in the work folder brings its own authority along.
            return File.Exists(shared) ? shared : At(CertificateFolder.AuthorityCertificate);
        }
    }

    private string At(string file) => System.IO.Path.Combine(Path, file);
}
