using System.CommandLine;

namespace Keylime.Tenant.Evidence;

/// <summary>The keys that a credential is about.</summary>
internal sealed class CredentialKeys
{
    private readonly Option<string?> _ak = new("--ak") { Description = "Attestation key: TPM2B_PUBLIC, binary or base64", HelpName = "FILE" };
    private readonly Option<ReadOnlyMemory<byte>?> _name = PcrArguments.CreateHex("--ak-name", "Its name, in place of the key: algorithm and digest, in hex");

    public Option<string> Ek { get; } = new("--ek") { Description = "Endorsement key: TPM2B_PUBLIC, binary or base64", HelpName = "FILE", Required = true };

    public void AddTo(Command command)
    {
        command.Options.Add(Ek);
        command.Options.Add(_ak);
        command.Options.Add(_name);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_ak) is null == result.GetResult(_name) is null) result.AddError("--ak or --ak-name is required");
        });
    }

    public byte[] ReadName(ParseResult arguments) => arguments.GetValue(_name)?.ToArray() ?? KeyFile.ReadArea(arguments.GetValue(_ak)!).ComputeName();
}
