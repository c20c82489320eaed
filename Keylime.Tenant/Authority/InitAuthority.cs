using System.CommandLine;
using Keylime.ServiceDefaults.Tls;
using Keylime.Tenant.CommandLine;

namespace Keylime.Tenant.Authority;

/// <summary><c>ca init</c>: the certificates of a cluster, in Keylime's <c>cv_ca</c> form.</summary>
internal static class InitAuthority
{
    public static Command Create(TenantEnvironment environment)
    {
        var directory = new Option<DirectoryInfo>("--directory", "-d") { Description = "Folder of the certificates; made with mode 0700 when missing", HelpName = "DIR", Required = true };
        var key = new Option<string?>("--key") { Description = "Kind of keys: p256 (default), p384, rsa2048, rsa3072, rsa4096", HelpName = "KIND" };
        var names = new Option<string[]>("--name") { Description = "Host name or address that the servers answer to besides this machine's own; repeatable", HelpName = "NAME" };
        var command = new Command("init", "Create the authority and the certificates of servers, clients and the gateway; what exists is kept") { directory, key, names };
        command.SetAction((arguments, _) => ErrorReporting.RunAsync(environment.Error, () =>
        {
            var options = CertificateFolderOptions.Read(environment.LoadSettings());
            if (arguments.GetValue(key) is { } kind) options = options with { KeyKind = KeyKind.Parse(kind) };
            options = options with { AlternativeNames = [.. options.AlternativeNames, .. arguments.GetValue(names) ?? []] };
            var created = CertificateFolder.CreateMissing(arguments.GetValue(directory)!.FullName, options, TimeProvider.System);
            environment.Error.WriteLine(created.Count == 0 ? "Nothing to do: all certificates exist" : $"Created {string.Join(", ", created)}");
            return Task.FromResult(ExitCodes.Done);
        }));
        return command;
    }
}
