using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Agent;

/// <summary>Options that name files: <c>default</c> or nothing is the built-in name, and relative names start at the work folder.</summary>
internal sealed class OptionPaths(KeylimeSettings settings)
{
    public string Get(string option, string fallback) => Resolve(settings.GetText(option, "default"), fallback);

    public string Resolve(string value, string fallback) => Path.Combine(settings.WorkDirectory, value is "" or "default" ? fallback : value);
}
