using System.CommandLine;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Tenant.Policies;
using Keylime.Tpm;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence policy create</c>: <c>policy runtime create</c> with a result like that of its neighbours.</summary>
internal static class CreatePolicy
{
    public static EvidenceVerb Create()
    {
        var rootfs = new Option<string?>("--rootfs") { Description = "Root of a file system; its files go into the policy by their paths from there", HelpName = "DIR" };
        var list = new Option<string?>("--log") { Description = "IMA list of a machine that is as it should be", HelpName = "FILE" };
        var bootLog = new Option<string?>("--boot-log") { Description = "Boot log of such a machine: makes a measured-boot reference state in place of a runtime policy", HelpName = "FILE" };
        var engine = AppraiseBootLog.CreateEngineOption();
        engine.Description = "With --boot-log: whom the reference state is for, example or uki (default: example)";
        var exclude = new Option<string[]>("--exclude") { Description = "Paths that are left out and never judged: a regular expression for their beginning; repeatable", HelpName = "REGEX" };
        var algorithm = new Option<string>("--algo") { Description = "Hash of the files: sha1, sha256, sha384, sha512 (default: sha256)", HelpName = "HASH", DefaultValueFactory = _ => "sha256" };
        var write = OutputFile.CreateOption("Where the policy is written to");
        algorithm.AcceptOnlyFromAmong("sha1", "sha256", "sha384", "sha512");
        var command = new Command("create", "Make a runtime policy from a file system or an IMA list, or a reference state from a boot log") { rootfs, list, bootLog, engine, exclude, algorithm, write };
        command.Validators.Add(result =>
        {
            var isRuntime = result.GetResult(rootfs) is not null || result.GetResult(list) is not null;
            if (isRuntime == result.GetResult(bootLog) is not null) result.AddError("--rootfs or --log, or else --boot-log, is required");
        });
        return new(command, async (arguments, ct) =>
        {
            if (arguments.GetValue(bootLog) is { } boot) return CreateReferenceState(boot, arguments.GetValue(engine), arguments.GetValue(write)!);
            var policy = new RuntimePolicyWriter();
            var excludes = CreateRuntimePolicy.Compile(arguments.GetValue(exclude) ?? []);
            policy.Excludes.UnionWith(arguments.GetValue(exclude) ?? []);
            var passedOver = 0;
            if (arguments.GetValue(rootfs) is { } root && TpmHash.TryParseHashName(arguments.GetValue(algorithm), out var hash)) passedOver = await FileMeasurement.AddAsync(policy, Path.GetFullPath(FileNames.Check(root)), hash, excludes, ct);
            if (arguments.GetValue(list) is { } measured) MeasurementListReader.Add(policy, measured, excludes);
            var details = OutputFile.Write(arguments.GetValue(write)!, policy.ToJson(TimeProvider.System.GetUtcNow()));
            details["paths"] = policy.FileCount;
            if (passedOver > 0) details["passedOver"] = passedOver;
            return EvidenceResult.Make(details);
        });
    }

    /// <summary>Writes the state whether or not it is whole; a chain that the engine does not know has to be written by hand, and the result says what is missing.</summary>
    private static EvidenceResult CreateReferenceState(string bootLog, MeasuredBootEngine engine, string path)
    {
        if (engine is not (MeasuredBootEngine.Example or MeasuredBootEngine.Uki)) throw new UserErrorException($"--engine: {engine.Name()} has no reference states; they are for example or uki");
        var state = ReferenceStateWriter.Write(BootLogFile.Read(bootLog), engine);
        var details = OutputFile.Write(path, state);
        details["engine"] = engine.Name();
        if (!MeasuredBootPolicy.TryParse(System.Text.Encoding.UTF8.GetString(state), engine, out _, out var fault)) details["incomplete"] = fault.ToString();
        return EvidenceResult.Make(details);
    }
}
