using System.CommandLine;
using Keylime.Attestation;
using Keylime.Attestation.Ima;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tenant.Evidence;

/// <summary>What an agent's answer is judged by: key, nonce, policies, accept lists, and the state of the last time.</summary>
internal sealed class AppraisalInputs
{
    private readonly Option<string> _ak = CheckQuote.CreateKeyOption();
    private readonly NonceOptions _nonce = new();
    private readonly Option<string?> _runtimePolicy = new("--runtime-policy") { Description = "Runtime policy, or its signed envelope (whose signature is not looked at: see policy verify)", HelpName = "FILE" };
    private readonly Option<string?> _bootPolicy = new("--mb-policy") { Description = "Measured-boot reference state", HelpName = "FILE" };
    private readonly Option<MeasuredBootEngine> _engine = AppraiseBootLog.CreateEngineOption();
    private readonly Option<string?> _tpmPolicy = new("--tpm-policy") { Description = "PCR values and mask: {\"15\":[\"HEX\"],\"mask\":\"0x8400\"}; PCRs of the other policies are added to the mask", HelpName = "FILE" };
    private readonly Option<string[]> _imaKeys = AppraiseImaList.CreateKeysOption();
    private readonly Option<bool> _violations = AppraiseImaList.CreateViolationsOption();
    private readonly Option<string[]> _hashes = CreateAccept("--accept-hash", "hash");
    private readonly Option<string[]> _encryptions = CreateAccept("--accept-encryption", "kind of key");
    private readonly Option<string[]> _signings = CreateAccept("--accept-signing", "signature scheme");
    private readonly Option<string?> _state = new("--state") { Description = "State that the last appraisal left, binary or base64 (default: none, the first appraisal)", HelpName = "FILE" };
    private readonly Option<string?> _writeState = new("--write-state") { Description = "Where the state for the next appraisal is written to", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Options.Add(_ak);
        _nonce.AddTo(command);
        foreach (var option in (Option[])[_runtimePolicy, _bootPolicy, _engine, _tpmPolicy, _imaKeys, _violations, _hashes, _encryptions, _signings, _state, _writeState]) command.Options.Add(option);
    }

    public AttestationKey ReadKey(ParseResult arguments, out PublicArea area) => CheckQuote.ReadKey(arguments.GetValue(_ak)!, out area);

    public byte[] ReadNonce(ParseResult arguments) => _nonce.ReadFresh(arguments).ToArray();

    public RuntimePolicy? ReadRuntimePolicy(ParseResult arguments) => arguments.GetValue(_runtimePolicy) is { } path ? PolicyFile.ReadRuntimePolicy(path) : null;

    public MeasuredBootPolicy? ReadMeasuredBootPolicy(ParseResult arguments) =>
        arguments.GetValue(_bootPolicy) is { } path ? PolicyFile.ReadMeasuredBootPolicy(path, arguments.GetValue(_engine)) : null;

    public string ReadTpmPolicy(ParseResult arguments) => arguments.GetValue(_tpmPolicy) is { } path ? InputFile.ReadText(path) : "{}";

    public ImaKeyring ReadImaKeys(ParseResult arguments) => AppraiseImaList.ReadKeys(arguments.GetValue(_imaKeys) ?? []);

    public bool ViolationsFail(ParseResult arguments) => arguments.GetValue(_violations);

    public string? StateFile(ParseResult arguments) => arguments.GetValue(_writeState);

    /// <summary>Without a list any is accepted: who has none has nothing to say about it.</summary>
    public AcceptedAlgorithms ReadAccepted(ParseResult arguments)
    {
        string[]? Listed(Option<string[]> option) => arguments.GetValue(option) is { Length: > 0 } listed ? listed : null;
        return new(Listed(_hashes), Listed(_encryptions), Listed(_signings));
    }

    public AppraisalState ReadState(ParseResult arguments)
    {
        if (arguments.GetValue(_state) is not { } path) return AppraisalState.Initial;
        return AppraisalState.TryParse(InputFile.ReadBinary(path), out var state) ? state : throw new UserErrorException($"{path}: is not a state that this version knows");
    }

    private static Option<string[]> CreateAccept(string name, string what) => new(name) { Description = $"Accepted {what}; repeatable (default: any)", HelpName = "NAME" };
}
