// The small end of the same program: a verifier and a registrar in one process, on SQLite files unless their options say otherwise.
// Options, ports, routes and files are those of the two services.
using Keylime.Registrar;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.CommandLine;
using Keylime.ServiceDefaults.Configuration;
using Keylime.Standalone;
using Keylime.Standalone.Memory;
using Keylime.Verifier;

const string Process = "standalone";

NativeHeap.KeepSmall();

var program = new ProgramDescription("Keylime.Standalone", "is a verifier and a registrar in one process, on SQLite files", ["verifier", "registrar"]);
return await KeylimeHost.RunAsync(program, args, async () =>
{
    // The verifier first: it makes the certificates that the registrar reads.
    await using var verifier = VerifierHost.Compose(WebApplication.CreateSlimBuilder(args).AsGuestOf(Process), KeylimeSettings.Load("verifier"));
    var host = WebApplication.CreateSlimBuilder(args).AsHostOf(Process, verifier);
    host.Services.AddHostedService<MemoryTrim>();
    await using var registrar = RegistrarHost.Compose(host, KeylimeSettings.Load("registrar"));
    await JointRun.RunAsync(registrar, verifier);
    return 0;
});
