namespace Keylime.Agent.Payload;

/// <summary>What is done with a payload. Names are Keylime's options.</summary>
/// <param name="SecureFolder">Folder in memory (tmpfs) where root mounted one; holds <c>unzipped</c>.</param>
/// <param name="KeyName">Option <c>enc_keyname</c>: file that the payload key is written to.</param>
/// <param name="FileName">Option <c>dec_payload_file</c>: file that the payload is written to.</param>
/// <param name="ExtractZip">Option <c>extract_payload_zip</c>.</param>
/// <param name="Script">Option <c>payload_script</c>; empty for none.</param>
/// <param name="Run">Payloads are delivered only where the peer proved who it is: mutual TLS, or <c>enable_insecure_payload</c>.</param>
internal sealed record PayloadOptions(string SecureFolder, string KeyName, string FileName, bool ExtractZip, string Script, bool Run)
{
    /// <summary>Where a payload lies, with its key. Emptied before each run.</summary>
    public string Folder => Path.Combine(SecureFolder, "unzipped");

    /// <summary>The payload's list of its revocation actions.</summary>
    public string ActionList => Path.Combine(Folder, "action_list");
}
