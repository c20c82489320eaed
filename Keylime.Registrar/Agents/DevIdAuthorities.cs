using Keylime.Attestation.Endorsements;

namespace Keylime.Registrar.Agents;

/// <summary>The makers whose device identities are believed: every certificate in a folder, roots and intermediates alike. Read at each use, so that
/// an authority is added by adding a file.</summary>
internal sealed class DevIdAuthorities(RegistrarConfig config)
{
    /// <summary>All that can be read: the folder is shared with the tenant, and holds other files too.</summary>
    public IReadOnlyList<Certificate> Read()
    {
        if (!Directory.Exists(config.DevIdAuthorities)) return [];
        var authorities = new List<Certificate>();
        foreach (var file in Directory.EnumerateFiles(config.DevIdAuthorities).Where(HoldsCertificates).Order(StringComparer.Ordinal))
            if (Certificate.TryParseAll(File.ReadAllBytes(file), out var certificates)) authorities.AddRange(certificates);
        return authorities;
    }

    private static bool HoldsCertificates(string file) => Path.GetExtension(file) is ".pem" or ".crt" or ".cer" or ".der";
}
