using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Keylime.Attestation.Endorsements;
using Keylime.Protocol;
using Keylime.Tpm.Structures;

namespace Keylime.Tenant.Evidence;

/// <summary>What an IAK says of an attestation key, as agents register it.</summary>
internal sealed class CertificationOptions
{
    private readonly Option<string?> _attest = new("--iak-attest") { Description = "The IAK's certification of the attestation key: TPMS_ATTEST, binary or base64", HelpName = "FILE" };
    private readonly Option<string?> _signature = new("--iak-sign") { Description = "Its signature: TPMT_SIGNATURE, binary or base64", HelpName = "FILE" };
    private readonly Option<string?> _ak = new("--ak") { Description = "Attestation key: TPM2B_PUBLIC, binary or base64", HelpName = "FILE" };
    private readonly Option<AgentId?> _agent = new("--agent") { Description = "Id of the agent that it was made for", HelpName = "ID", CustomParser = ReadId };

    private Option[] All => [_attest, _signature, _ak, _agent];

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (IsGiven(result) && All.Any(option => result.GetResult(option) is null)) result.AddError("--iak-attest, --iak-sign, --ak and --agent go together");
        });
    }

    public bool IsGiven(CommandResult result) => All.Any(option => result.GetResult(option) is not null);

    /// <summary>The first check that it does not pass; null when it passes all.</summary>
    public JsonObject? Verify(ParseResult arguments, PublicArea iak)
    {
        var (attest, signature) = (InputFile.ReadBinary(arguments.GetValue(_attest)!), InputFile.ReadBinary(arguments.GetValue(_signature)!));
        var ak = KeyFile.ReadArea(arguments.GetValue(_ak)!);
        return KeyCertification.Verify(attest, signature, iak, ak, arguments.GetValue(_agent)!.Value, out var fault)
            ? null
            : new() { ["fault"] = fault.Check.ToString(), ["detail"] = fault.ToString() };
    }

    private static AgentId? ReadId(ArgumentResult argument)
    {
        if (AgentId.TryParse(argument.Tokens[0].Value, out var id)) return id;
        argument.AddError($"'{argument.Tokens[0].Value}' is no agent id: 1 to {AgentId.MaxLength} characters out of A-Z a-z 0-9 _ . -");
        return null;
    }
}
