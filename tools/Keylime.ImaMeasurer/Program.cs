using System.CommandLine;
using Keylime.ImaMeasurer;

var machines = new Option<Machine[]>("--machine", "-m")
{
    Description = "NAME,TCTI,ROOT_FOLDER,LIST_FILE of one machine; repeat for more",
    Required = true,
    AllowMultipleArgumentsPerToken = true,
    CustomParser = result =>
    {
        var found = new List<Machine>();
        foreach (var token in result.Tokens)
            if (Machine.TryParse(token.Value, out var machine, out var error)) found.Add(machine);
            else result.AddError(error);
        return [.. found];
    },
};
var once = new Option<bool>("--once") { Description = "Measure what is there and exit, instead of watching" };
var interval = new Option<int>("--interval") { Description = "Milliseconds between two looks at the folders", DefaultValueFactory = _ => 250 };
interval.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < 10 or > 60_000) result.AddError("--interval is from 10 to 60000");
});
var command = new RootCommand("""
    Plays the kernel's integrity measurement (IMA) for software TPMs: measures the files below a folder into a list in the kernel's format and
    extends PCR 10 of the machine's TPM. A developer tool for machines whose kernel does not do it. It sees what lies in the folder, not what is run:
    a machine is attested by its kernel or not at all.
    """) { machines, once, interval };
command.SetAction((parse, stop) => MeasuringRun.RunAsync(
    parse.GetRequiredValue(machines), parse.GetValue(once), TimeSpan.FromMilliseconds(parse.GetValue(interval)), Console.Out, stop));
return await command.Parse(args).InvokeAsync();
