using System.CommandLine;
using System.CommandLine.Help;
using Keylime.Tenant.Agents;
using Keylime.Tenant.Authority;
using Keylime.Tenant.Evidence;
using Keylime.Tenant.KeylimeSpelling;
using Keylime.Tenant.Policies;
using Keylime.Tenant.Registrations;

namespace Keylime.Tenant.CommandLine;

/// <summary>The program's command line: verbs, or Keylime's own spelling (<c>-c add -u ID ...</c>) when the first word is an option of it.</summary>
internal static class TenantCommandLine
{
    public static Task<int> RunAsync(string[] arguments, TenantEnvironment environment, CancellationToken ct)
    {
        if (KeylimeCommandLine.IsMeant(arguments)) return KeylimeCommandLine.RunAsync(arguments, environment, ct);
        var parsed = CreateRoot(environment).Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            foreach (var problem in parsed.Errors) environment.Error.WriteLine($"ERROR: {problem.Message}");
            environment.Error.WriteLine("Try --help.");
            return Task.FromResult(ExitCodes.Usage);
        }
        return parsed.InvokeAsync(new InvocationConfiguration { Output = environment.Output, Error = environment.Error, EnableDefaultExceptionHandler = false }, ct);
    }

    private static RootCommand CreateRoot(TenantEnvironment environment)
    {
        var servers = new ServerOptions(environment);
        var root = new RootCommand("""
            Adds machines to Keylime and looks after them.

            Keylime's own spelling works too: -c add -u ID --runtime-policy FILE, -c status, -c cvlist ... (-c help lists it).
            Configuration: tenant.conf and KEYLIME_TENANT_* variables. Exit codes: 0 done, 1 failed, 2 wrong command line, 6 evidence not trusted.
            """);
        root.Subcommands.Add(new Command("agent", "Machines under attestation")
        {
            AddAgent.Create(servers), UpdateAgent.Create(servers), RemoveAgent.Create(servers), AgentStatus.Create(servers),
            ListAgents.Create(servers), ReactivateAgent.Create(servers), StopAgent.Create(servers),
        });
        root.Subcommands.Add(new Command("registration", "What agents told the registrar")
        {
            RegistrationStatus.Create(servers), ListRegistrations.Create(servers), RemoveRegistration.Create(servers),
        });
        root.Subcommands.Add(new Command("policy", "Named policies, and the making of them")
        {
            new Command("runtime", "Which files a machine may run")
            {
                AddRuntimePolicy.Create(servers), UpdateRuntimePolicy.Create(servers), ShowRuntimePolicy.Create(servers),
                RemoveRuntimePolicy.Create(servers), ListRuntimePolicies.Create(servers), CreateRuntimePolicy.Create(environment),
            },
            new Command("measured-boot", "How a machine may boot")
            {
                AddMeasuredBootPolicy.Create(servers), UpdateMeasuredBootPolicy.Create(servers), ShowMeasuredBootPolicy.Create(servers),
                RemoveMeasuredBootPolicy.Create(servers), ListMeasuredBootPolicies.Create(servers),
            },
        });
        root.Subcommands.Add(EvidenceCommand.Create(environment));
        root.Subcommands.Add(new Command("ca", "Certificates of a cluster") { InitAuthority.Create(environment) });
        return root;
    }
}
