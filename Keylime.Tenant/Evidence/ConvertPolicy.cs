using System.CommandLine;
using Keylime.Attestation.Policies;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence policy convert</c>: allow lists and older policies to a runtime policy of version 1.</summary>
internal static class ConvertPolicy
{
    public static EvidenceVerb Create()
    {
        var file = new Option<string>("--policy") { Description = "Allow list (lines or JSON), or an older runtime policy", HelpName = "FILE", Required = true };
        var excludes = new Option<string?>("--excludes") { Description = "Exclude list to go with it: an expression a line", HelpName = "FILE" };
        var write = OutputFile.CreateOption("Where the policy is written to");
        return new(new Command("convert", "Bring what was written for older versions into today's form") { file, excludes, write }, arguments =>
        {
            var path = arguments.GetValue(file)!;
            var list = arguments.GetValue(excludes) is { } name ? InputFile.ReadText(name) : "";
            if (!RuntimePolicyConversion.TryConvert(InputFile.Read(path), list, out var policy, out var fault)) throw new UserErrorException($"{path}: {fault}");
            return EvidenceResult.Make(OutputFile.Write(arguments.GetValue(write)!, policy));
        });
    }
}
