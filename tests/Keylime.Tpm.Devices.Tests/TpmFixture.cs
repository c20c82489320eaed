using Keylime.Testing;

namespace Keylime.Tpm.Devices.Tests;

/// <summary>One software TPM for the tests of a class, with all four banks.</summary>
public sealed class TpmFixture : IAsyncLifetime
{
    private SoftwareTpm? _tpm;

    public SoftwareTpm Tpm => _tpm ?? throw new InvalidOperationException("The tests of this class need a TPM.");

    public TpmDevice Open() => Open(Tpm);

    public static TpmDevice Open(SoftwareTpm tpm) => new(TpmTransport.Create(NameOf(tpm)));

    public static TctiName NameOf(SoftwareTpm tpm)
    {
        Assert.True(TctiName.TryParse(tpm.Tcti, out var name, out var error), error);
        return name;
    }

    public async Task InitializeAsync()
    {
        if (SoftwareTpm.SkipReason is null) _tpm = await SoftwareTpm.StartAsync(pcrBanks: "sha1,sha256,sha384,sha512");
    }

    public async Task DisposeAsync()
    {
        if (_tpm is not null) await _tpm.DisposeAsync();
    }
}
