using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.CommandLine;
using Keylime.ServiceDefaults.Configuration;
using Keylime.Verifier;

var program = new ProgramDescription("Keylime.Verifier", "asks agents for quotes and judges them", ["verifier"],
    ("ConnectionStrings__verifier", "PostgreSQL, in place of database_url"),
    ("ConnectionStrings__redis", "leases and members of several verifiers"));
return await KeylimeHost.RunAsync(program, args, () => VerifierHost.Compose(WebApplication.CreateSlimBuilder(args), KeylimeSettings.Load("verifier")));
