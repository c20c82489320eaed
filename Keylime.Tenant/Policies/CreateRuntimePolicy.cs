using System.CommandLine;
using System.Text.RegularExpressions;
using Keylime.Tenant.CommandLine;
using Keylime.Tpm;

namespace Keylime.Tenant.Policies;

/// <summary><c>policy runtime create</c>: from the files of a machine's image, or from what a machine has measured.</summary>
internal static class CreateRuntimePolicy
{
    public static Command Create(TenantEnvironment environment)
    {
        var rootfs = new Option<DirectoryInfo?>("--rootfs") { Description = "Root of a file system; its files go into the policy by their paths from there", HelpName = "DIR" };
        var list = new Option<FileInfo?>("--ima-measurement-list", "-m") { Description = "IMA list of a machine that is as it should be", HelpName = "FILE" };
        var exclude = new Option<string[]>("--exclude") { Description = "Paths that are left out and never judged: a regular expression for their beginning; repeatable", HelpName = "REGEX" };
        var algorithm = new Option<string>("--algo") { Description = "Hash of the files: sha1, sha256, sha384, sha512", DefaultValueFactory = _ => "sha256" };
        var output = new Option<FileInfo>("--output", "-o") { Description = "File to write", HelpName = "FILE", Required = true };
        algorithm.AcceptOnlyFromAmong("sha1", "sha256", "sha384", "sha512");
        var command = new Command("create", "Make a runtime policy") { rootfs, list, exclude, algorithm, output };
        command.Validators.Add(result =>
        {
            if (result.GetResult(rootfs) is null && result.GetResult(list) is null) result.AddError("--rootfs or --ima-measurement-list is required");
        });
        command.SetAction((arguments, ct) => ErrorReporting.RunAsync(environment.Error, async () =>
        {
            var policy = new RuntimePolicyWriter();
            var excludes = Compile(arguments.GetValue(exclude) ?? []);
            policy.Excludes.UnionWith(arguments.GetValue(exclude) ?? []);
            var passedOver = 0;
            if (arguments.GetValue(rootfs) is { } root && TpmHash.TryParseHashName(arguments.GetValue(algorithm), out var hash))
                passedOver = await FileMeasurement.AddAsync(policy, root.FullName, hash, excludes, ct);
            if (arguments.GetValue(list) is { } measured) MeasurementListReader.Add(policy, measured.FullName, excludes);
            await File.WriteAllBytesAsync(arguments.GetValue(output)!.FullName, policy.ToJson(TimeProvider.System.GetUtcNow()), ct);
            environment.Error.WriteLine($"{arguments.GetValue(output)!.Name}: {policy.FileCount} paths");
            if (passedOver > 0) environment.Error.WriteLine($"WARNING: {passedOver} passed over: neither files nor folders, or names that are not UTF-8");
            return ExitCodes.Done;
        }));
        return command;
    }

    internal static Regex[] Compile(string[] patterns)
    {
        try
        {
            // Keylime matches at the beginning of the path, not the whole of it.
            return [.. patterns.Select(pattern => new Regex($@"\A(?:{pattern})", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)))];
        }
        catch (ArgumentException e)
        {
            throw new UserErrorException($"--exclude: {e.Message}", e);
        }
    }
}
