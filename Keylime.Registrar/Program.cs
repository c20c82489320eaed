using Keylime.Registrar;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.CommandLine;
using Keylime.ServiceDefaults.Configuration;

var program = new ProgramDescription("Keylime.Registrar", "lets agents prove that their keys live in their TPM, and keeps these keys", ["registrar"],
    ("ConnectionStrings__registrar", "PostgreSQL, in place of database_url"));
return await KeylimeHost.RunAsync(program, args, () => RegistrarHost.Compose(WebApplication.CreateSlimBuilder(args), KeylimeSettings.Load("registrar")));
