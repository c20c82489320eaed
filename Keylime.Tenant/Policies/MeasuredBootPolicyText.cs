using Keylime.Attestation.Policies;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Policies;

/// <summary>Reads a measured-boot reference state.</summary>
internal static class MeasuredBootPolicyText
{
    /// <summary>The JSON text; null when no file is named. <c>default</c> stands for the configured <c>mb_refstate</c>.</summary>
    public static string? Read(string? file, TenantConfig config)
    {
        if (file is null) return null;
        var path = file == "default" ? config.MbRefstate : file;
        if (path.Length == 0) throw new UserErrorException("--mb-policy default: mb_refstate is not configured");
        try
        {
            var text = File.ReadAllText(path);
            return MeasuredBootPolicy.TryParse(text, out _, out var fault) ? text : throw new UserErrorException($"{path}: {fault}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(e.Message, e);
        }
    }
}
