using Keylime.Attestation.MeasuredBoot;

namespace Keylime.Attestation.Tests.MeasuredBoot;

public sealed class EfiVariableTests
{
    private static readonly Guid Owner = new("77fa9abd-0359-4d32-bd60-28f4e78f784b");

    [Fact]
    public void Reads_vendor_name_and_data()
    {
        Assert.True(EfiVariable.TryParse(BootLogBuilder.Variable(EfiGuids.GlobalVariable, "SecureBoot", [1]), out var variable));
        Assert.Equal((EfiGuids.GlobalVariable, "SecureBoot"), (variable.Vendor, variable.Name));
        Assert.Equal([1], variable.Data.ToArray());
    }

    [Fact]
    public void Rejects_every_truncation_and_every_trailing_byte_of_a_variable()
    {
        var bytes = BootLogBuilder.Variable(EfiGuids.GlobalVariable, "PK", [1, 2, 3]);
        for (var length = 0; length < bytes.Length; length++) Assert.False(EfiVariable.TryParse(bytes.AsMemory(0, length), out _));
        Assert.False(EfiVariable.TryParse((byte[])[.. bytes, 0], out _));
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF", "0000000000000000")]
    [InlineData("0000000000000000", "FFFFFFFFFFFFFFFF")]
    [InlineData("FFFFFFFFFFFFFF7F", "0200000000000000")]
    public void Rejects_lengths_that_overflow(string nameCharacters, string dataBytes) =>
        Assert.False(EfiVariable.TryParse(Convert.FromHexString(new string('0', 32) + nameCharacters + dataBytes), out _));

    [Fact]
    public void Reads_signature_lists()
    {
        byte[] bytes = [.. BootLogBuilder.SignatureList(EfiGuids.CertSha256, Owner, new byte[32], [.. Enumerable.Repeat((byte)1, 32)]), .. BootLogBuilder.SignatureList(EfiGuids.CertX509, Owner, [9, 9])];
        Assert.True(EfiSignatureList.TryParseAll(bytes, out var lists));
        Assert.Equal([EfiGuids.CertSha256, EfiGuids.CertX509], lists.Select(list => list.Type));
        Assert.Equal((2, Owner), (lists[0].Signatures.Count, lists[0].Signatures[1].Owner));
        Assert.Equal([9, 9], lists[1].Signatures[0].Data.ToArray());
    }

    [Fact]
    public void Rejects_every_truncation_of_a_signature_list()
    {
        var bytes = BootLogBuilder.SignatureList(EfiGuids.CertX509, Owner, [1, 2, 3, 4]);
        for (var length = 1; length < bytes.Length; length++) Assert.False(EfiSignatureList.TryParseAll(bytes.AsMemory(0, length), out _));
    }

    [Theory]
    [InlineData("FFFFFFFF", "00000000", "14000000")]
    [InlineData("30000000", "FFFFFFFF", "14000000")]
    [InlineData("30000000", "00000000", "00000000")]
    [InlineData("30000000", "00000000", "10000000")]
    public void Rejects_sizes_that_do_not_add_up(string listBytes, string headerBytes, string signatureBytes) =>
        Assert.False(EfiSignatureList.TryParseAll(Convert.FromHexString(new string('0', 32) + listBytes + headerBytes + signatureBytes + new string('0', 40)), out _));
}
