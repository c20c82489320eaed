using System.Reflection;

namespace Keylime.ServiceDefaults.CommandLine;

/// <summary>The command line of a service, which has its options elsewhere: it can be asked what it is, and takes .NET's configuration. A word that it does
/// not know is a mistake: whoever tries <c>--help</c> or mistypes an option must not find ports open and databases made.</summary>
internal static class ServiceCommandLine
{
    /// <returns>The exit code; null when the service is to run.</returns>
    public static int? Answer(ProgramDescription program, IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        if (arguments.Any(argument => argument is "--help" or "-h"))
        {
            output.Write(ServiceHelp.Write(program));
            return 0;
        }
        if (arguments.Contains("--version"))
        {
            output.WriteLine(Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
            return 0;
        }
        if (arguments.FirstOrDefault(argument => !IsConfiguration(argument)) is not { } unknown) return null;
        error.WriteLine($"{program.Name}: '{unknown}' is no argument of this program (--help says where its options are)");
        return KeylimeHost.Usage;
    }

    /// <summary><c>--Section:Key=VALUE</c>, which the framework reads: <c>--Logging:LogLevel:Default=Debug</c>.</summary>
    private static bool IsConfiguration(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf('=', StringComparison.Ordinal) is > 0 and var end && argument.IndexOf(':', 0, end) > 0;
}
