using Keylime.Agent;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.CommandLine;

var program = new ProgramDescription("Keylime.Agent", "hands out quotes of this machine's TPM", ["agent"],
    ("TCTI", "the TPM: device:/dev/tpmrm0, swtpm:path=..., swtpm:host=...,port=..."));
return await KeylimeHost.RunAsync(program, args, () => AgentProgram.RunAsync(args));
