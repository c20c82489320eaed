using Keylime.Gateway;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.CommandLine;

var program = new ProgramDescription("Keylime.Gateway", "is the one address of all verifiers and registrars", ["gateway"],
    ("ConnectionStrings__redis", "members among the verifiers, in place of asking them"));
return await KeylimeHost.RunAsync(program, args, () => GatewayApplication.Compose(WebApplication.CreateSlimBuilder(args).AddServiceDefaults("gateway")));
