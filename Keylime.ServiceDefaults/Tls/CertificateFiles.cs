using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>Certificates and keys as PEM files: written atomically and never over an existing one, read only with safe modes.</summary>
public static class CertificateFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode World = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static void CreateDirectory(string directory)
    {
        if (!Directory.Exists(directory)) Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
    }

    public static void WriteSecret(string path, string pem) => Write(path, pem, OwnerOnly);

    public static void WritePublic(string path, string pem) => Write(path, pem, World);

    public static void WritePublic(string path, byte[] der) => Write(path, der, World);

    /// <summary>All certificates of a PEM or DER file, in order.</summary>
    public static X509Certificate2Collection ReadCertificates(string path)
    {
        var bytes = ReadAll(path);
        var certificates = new X509Certificate2Collection();
        try
        {
            if (bytes is [0x30, ..]) certificates.Add(X509CertificateLoader.LoadCertificate(bytes));
            else certificates.ImportFromPem(System.Text.Encoding.UTF8.GetString(bytes));
        }
        catch (CryptographicException e)
        {
            throw new ConfigurationException($"{path}: not a certificate in PEM or DER", e);
        }
        return certificates.Count > 0 ? certificates : throw new ConfigurationException($"{path}: holds no certificate");
    }

    /// <summary>PEM text of a private key. A file that others can read is refused: its key must count as known.</summary>
    public static string ReadSecret(string path)
    {
        var bytes = ReadAll(path);
        var mode = File.GetUnixFileMode(path);
        return (mode & Others) == 0
            ? System.Text.Encoding.UTF8.GetString(bytes)
            : throw new ConfigurationException($"{path}: the private key is open to others (mode {Convert.ToString((int)mode, 8)}); chmod 600 it, and replace it if others could read it");
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(e is FileNotFoundException or DirectoryNotFoundException ? $"{path}: no such file" : $"{path}: cannot be read: {e.Message}", e);
        }
    }

    private static void Write(string path, string text, UnixFileMode mode) => Write(path, System.Text.Encoding.ASCII.GetBytes(text), mode);

    private static void Write(string path, byte[] bytes, UnixFileMode mode)
    {
        var draft = $"{path}.{Environment.ProcessId}.new";
        File.Delete(draft);
        using (var file = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode })) file.Write(bytes);
        File.Move(draft, path, overwrite: false);
    }
}
