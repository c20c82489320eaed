using Keylime.Tpm.Commands;

namespace Keylime.Tpm.Tests.Commands;

public sealed class TpmResponseCodeTests
{
    [Theory]
    [InlineData(0x000, "TPM_RC_SUCCESS")]
    [InlineData(0x100, "TPM_RC_INITIALIZE")]
    [InlineData(0x101, "TPM_RC_FAILURE")]
    [InlineData(0x1DF, "TPM_RC_INTEGRITY (parameter 1)")]
    [InlineData(0x2E7, "TPM_RC_ECC_POINT (parameter 2)")]
    [InlineData(0x18B, "TPM_RC_HANDLE (handle 1)")]
    [InlineData(0x08B, "TPM_RC_HANDLE")]
    [InlineData(0x99D, "TPM_RC_POLICY_FAIL (session 1)")]
    [InlineData(0x902, "TPM_RC_OBJECT_MEMORY")]
    [InlineData(0x907, "TPM_RC_LOCALITY")]
    [InlineData(0x910, "TPM_RC_REFERENCE_H0")]
    [InlineData(0x91E, "TPM_RC_REFERENCE_S6")]
    [InlineData(0x922, "TPM_RC_RETRY")]
    [InlineData(0x17F, "TPM_RC 0x17F")]
    [InlineData(0x97F, "TPM_RC 0x97F")]
    [InlineData(0x0BF, "TPM_RC 0x0BF")]
    [InlineData(0x501, "vendor error 0x501")]
    [InlineData(0x01E, "TPM 1.2 error 0x01E")]
    [InlineData(0x000B0143, "0x000B0143 (layer 11: TPM_RC_COMMAND_CODE)")]
    public void Is_shown_by_its_name(uint code, string text) => Assert.Equal(text, new TpmResponseCode(code).ToString());

    [Fact]
    public void Knows_what_to_try_again()
    {
        Assert.True(TpmResponseCode.Retry.IsTransient);
        Assert.True(new TpmResponseCode(0x90A).IsTransient);
        Assert.False(TpmResponseCode.ObjectMemory.IsTransient);
        Assert.False(TpmResponseCode.Success.IsTransient);
    }

    [Fact]
    public void Tells_format_one_errors_whatever_they_are_about()
    {
        Assert.True(new TpmResponseCode(0x18B).IsFormatOne(TpmResponseCode.BadHandle));
        Assert.False(new TpmResponseCode(0x10B).IsFormatOne(TpmResponseCode.BadHandle)); // TPM_RC_PRIVATE
        Assert.False(new TpmResponseCode(0x000B018B).IsFormatOne(TpmResponseCode.BadHandle)); // not from the TPM
    }

    [Theory]
    [InlineData(0x1DF, true)] // INTEGRITY, parameter 1
    [InlineData(0x18B, false)] // HANDLE, handle 1
    [InlineData(0x99D, false)] // POLICY_FAIL, session 1
    [InlineData(0x902, false)] // OBJECT_MEMORY
    [InlineData(0x921, false)] // LOCKOUT
    [InlineData(0x000B01DF, false)] // not from the TPM
    public void Tells_what_is_the_fault_of_a_parameter(uint code, bool parameter) =>
        Assert.Equal(parameter, new TpmResponseCode(code).IsParameterFault);

    [Fact]
    public void Has_a_text_for_every_value()
    {
        for (var code = 0u; code <= 0xFFF; code++) Assert.NotEmpty(new TpmResponseCode(code).ToString());
    }
}
