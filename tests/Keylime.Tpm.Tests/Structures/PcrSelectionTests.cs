using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Tests.Structures;

public sealed class PcrSelectionTests
{
    private static readonly PcrSelection Sha1Pcr10 = new(TpmAlgorithm.Sha1, 1u << 10);
    private static readonly PcrSelection Sha256Pcr10 = new(TpmAlgorithm.Sha256, 1u << 10);
    private static readonly PcrSelection Sha256None = new(TpmAlgorithm.Sha256, 0);

    [Fact]
    public void Lists_pcrs_ascending()
    {
        var selection = new PcrSelection(TpmAlgorithm.Sha256, 0x810401);
        Assert.Equal([0, 10, 16, 23], selection.Pcrs);
        Assert.Equal(4, selection.Count);
        Assert.True(selection.Contains(23));
        Assert.False(selection.Contains(22));
        Assert.False(selection.Contains(-1));
        Assert.False(selection.Contains(64));
    }

    [Fact]
    public void Compares_pcrs_banks_and_order()
    {
        Assert.True(PcrSelection.SamePcrs([Sha1Pcr10, Sha256Pcr10], [Sha1Pcr10, Sha256Pcr10]));
        Assert.False(PcrSelection.SamePcrs([Sha1Pcr10, Sha256Pcr10], [Sha256Pcr10, Sha1Pcr10]));
        Assert.False(PcrSelection.SamePcrs([Sha1Pcr10], [Sha256Pcr10]));
        Assert.False(PcrSelection.SamePcrs([Sha1Pcr10], [Sha1Pcr10, Sha256Pcr10]));
        Assert.False(PcrSelection.SamePcrs([Sha256Pcr10], []));
    }

    [Fact]
    public void Compares_what_is_selected_not_how_it_is_written()
    {
        Assert.True(PcrSelection.SamePcrs([Sha256Pcr10], [Sha256Pcr10 with { SelectBytes = 2 }]));
        Assert.True(PcrSelection.SamePcrs([Sha256None, Sha1Pcr10], [Sha1Pcr10, Sha256None]));
        Assert.True(PcrSelection.SamePcrs([], [Sha256None]));
    }
}
