using System.CommandLine;
using Keylime.Attestation.Ima;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence ima appraise</c>: a list by a runtime policy.</summary>
internal static class AppraiseImaList
{
    public static EvidenceVerb Create()
    {
        var options = new ImaLogOptions();
        var policy = new Option<string>("--policy") { Description = "Runtime policy, or its signed envelope (whose signature is not looked at: see policy verify)", HelpName = "FILE", Required = true };
        var (keys, violations) = (CreateKeysOption(), CreateViolationsOption());
        var command = new Command("appraise", "Judge a list by a runtime policy");
        options.AddTo(command);
        command.Options.Add(policy);
        command.Options.Add(keys);
        command.Options.Add(violations);
        return new(command, arguments => options.Appraise(arguments, options.ReadLog(arguments), PolicyFile.ReadRuntimePolicy(arguments.GetValue(policy)!),
            ReadKeys(arguments.GetValue(keys) ?? []), arguments.GetValue(violations), []));
    }

    public static Option<string[]> CreateKeysOption() =>
        new("--key") { Description = "Key that signs files: certificate or public key, or Keylime's JSON; in place of the policy's own; repeatable", HelpName = "FILE" };

    public static Option<bool> CreateViolationsOption() => new("--violations-fail") { Description = "A file that was written while it was measured is a failure" };

    public static ImaKeyring ReadKeys(string[] paths)
    {
        var keyring = ImaKeyring.Empty;
        foreach (var path in paths)
        {
            var bytes = InputFile.Read(path);
            if (bytes is not [(byte)'{', ..]) keyring = keyring.TryAdd(bytes, out var more) ? more : throw new UserErrorException($"{path}: is not a certificate or public key that signs files");
            else if (paths.Length > 1) throw new UserErrorException($"{path}: a key ring in JSON stands alone");
            else if (!ImaKeyring.TryParse(InputFile.ReadText(path), out keyring, out var where, out var fault)) throw new UserErrorException($"{path}: {where}: {fault}");
        }
        return keyring;
    }
}
