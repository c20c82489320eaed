namespace Keylime.AppHost;

/// <summary>Where this run of the developer cluster keeps its files. Private, short (a Unix socket's path has at most 107 bytes), gone with the run.</summary>
internal sealed class ClusterFolder
{
    /// <summary>Configuration, written here for whoever speaks to the cluster from within the AppHost, as tests do.</summary>
    private const string TlsDirectoryKey = "Keylime:TlsDirectory";

    private readonly string _path;

    private ClusterFolder(string path) => _path = path;

    /// <summary>KEYLIME_DIR of the services.</summary>
    public string Keylime => Sub("keylime");
    /// <summary>Certificates of everybody, in Keylime's layout.</summary>
    public string Certificates => Path.Combine(Keylime, "cv_ca");
    /// <summary>Certificates of the TPM manufacturers that the tenant believes.</summary>
    public string TpmCertificates => Path.Combine(Keylime, "tpm_cert_store");
    /// <summary>The manufacturer's authority.</summary>
    public string TpmAuthority => Sub("tpm-ca");
    public string RuntimePolicy => Path.Combine(Keylime, "runtime-policy.json");

    /// <summary>Local mode has a run folder already, and removes it; Aspire has none, and there it is left to the machine's clean-up of temporary files.</summary>
    public static ClusterFolder Open(IDistributedApplicationBuilder builder)
    {
        var folder = new ClusterFolder(builder.Configuration["Local:RunDirectory"] ?? Directory.CreateTempSubdirectory("keylime-").FullName);
        builder.Configuration[TlsDirectoryKey] = folder.Certificates;
        return folder;
    }

    public string Machine(string agent) => Sub(agent);

    private string Sub(string name)
    {
        var path = Path.Combine(_path, name);
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
