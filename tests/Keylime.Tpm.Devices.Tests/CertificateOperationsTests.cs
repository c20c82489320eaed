namespace Keylime.Tpm.Devices.Tests;

public sealed class CertificateOperationsTests
{
    private const string A = "3003020101";
    private const string B = "3003020102";

    [Theory]
    [InlineData("", new string[0])]
    [InlineData(A, new[] { A })]
    [InlineData(A + "FFFFFF", new[] { A })]
    [InlineData(A + "000000", new[] { A })]
    [InlineData(A + B + "FF", new[] { A, B })]
    [InlineData("FFFF", new string[0])]
    [InlineData("3082", new string[0])]
    [InlineData("3084FFFFFFFF", new string[0])]
    [InlineData("3080" + "0000", new string[0])] // indefinite length is not DER
    [InlineData("0201FF", new string[0])] // a number, no certificate
    public void Takes_the_certificates_and_leaves_the_padding(string hex, string[] certificates) =>
        Assert.Equal(certificates, CertificateOperations.SplitCertificates(Convert.FromHexString(hex)).Select(Convert.ToHexString));
}
