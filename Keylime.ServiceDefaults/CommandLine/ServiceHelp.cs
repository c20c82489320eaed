using System.Globalization;
using System.Text;

namespace Keylime.ServiceDefaults.CommandLine;

/// <summary>The text behind <c>--help</c> of a service: where its options are read from.</summary>
internal static class ServiceHelp
{
    public static string Write(ProgramDescription program)
    {
        var text = new StringBuilder();
        Line($"{program.Name} {program.Purpose}.");
        Line($"");
        Line($"Usage: {program.Name} [--Section:Key=VALUE ...]");
        Line($"");
        Row("-h, --help", "show this, and start nothing");
        Row("--version", "show the version");
        Row("--Section:Key=VALUE", "configuration of .NET: --Logging:LogLevel:Default=Debug");
        Line($"");
        Line($"Its options are Keylime's, and are read from files and, stronger, from variables:");
        foreach (var component in program.Components)
        {
            var variable = $"KEYLIME_{component.ToUpperInvariant()}_";
            Row($"/etc/keylime/{component}.conf", $"or /usr/etc/keylime/{component}.conf, and files in {component}.conf.d beside them");
            Row($"{variable}CONFIG", "one file in place of these");
            Row($"{variable}<OPTION>", $"any option: {variable}IP=127.0.0.1");
        }
        Row("KEYLIME_DIR", "work folder, where relative paths start (/var/lib/keylime)");
        Row("KEYLIME_MANAGEMENT_PORT", "a plain listener with /health and /alive");
        foreach (var (name, meaning) in program.Variables) Row(name, meaning);
        Line($"All of them: docs/reference/configuration.md");
        Line($"");
        Line($"Exit codes: 0 stopped, {KeylimeHost.Usage} wrong command line, {KeylimeHost.AddressTaken} address taken, {KeylimeHost.BadConfiguration} bad configuration");
        return text.ToString();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        void Row(string what, string meaning) => Line($"  {what,-28} {meaning}");
    }
}
