namespace Keylime.Tpm.Devices;

/// <summary>Bytes to and from one TPM.</summary>
public interface ITpmTransport
{
    /// <summary>Opens a connection for some commands that belong together. It must not be kept while idle: an swtpm serves one at
    /// a time.</summary>
    /// <exception cref="TpmUnavailableException">There is no TPM, or its turn did not come in time.</exception>
    Task<ITpmConnection> OpenAsync(CancellationToken cancellation);

    /// <summary>True when nobody else can use the TPM while a connection is open and no resource manager tidies up behind a dead one.
    /// Objects that are loaded when a connection opens are then orphans.</summary>
    bool IsExclusive { get; }
}
