namespace Keylime.Agent.Revocation;

/// <summary>What is done when the verifier says that another machine is no longer trusted. Names are Keylime's options.</summary>
/// <param name="CertificatePath">Option <c>revocation_cert</c>: whose key signs the messages. Usually comes with the payload.</param>
/// <param name="Actions">Option <c>revocation_actions</c>: names, before those of the payload's own list.</param>
/// <param name="ActionsFolder">Option <c>revocation_actions_dir</c>.</param>
/// <param name="AllowPayloadActions">Option <c>allow_payload_revocation_actions</c>: actions may come with the payload.</param>
/// <param name="WorkFolder">Where actions run, and their input is written.</param>
internal sealed record RevocationOptions(
    string CertificatePath, IReadOnlyList<string> Actions, string ActionsFolder, bool AllowPayloadActions, string WorkFolder);
