using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Keylime.Tpm;

namespace Keylime.Tenant.Evidence;

/// <summary>Options that name PCR banks and values.</summary>
internal static class PcrArguments
{
    public static Option<TpmAlgorithm> CreateBank() =>
        new("--bank") { Description = "PCR bank: sha1, sha256, sha384, sha512 (default: sha256)", HelpName = "HASH", CustomParser = ReadBank, DefaultValueFactory = _ => TpmAlgorithm.Sha256 };

    /// <summary>Values by the number of their PCR; a value's length tells nothing here, it must be the bank's: see <see cref="Check"/>.</summary>
    public static Option<Dictionary<int, byte[]>> CreateValues() =>
        new("--pcr") { Description = "Value that the log must lead to; repeatable", HelpName = "N=HEX", CustomParser = ReadValues, DefaultValueFactory = _ => [] };

    /// <summary>Bytes; null when they are not given, which for an array would be the empty one.</summary>
    public static Option<ReadOnlyMemory<byte>?> CreateHex(string name, string description) => new(name) { Description = description, HelpName = "HEX", CustomParser = ReadHex };

    public static void Check(string option, ReadOnlySpan<byte> value, TpmAlgorithm bank)
    {
        if (value.Length != bank.DigestBytes()) throw new UserErrorException($"{option}: a {bank.ToHashName()} PCR has {bank.DigestBytes()} bytes, not {value.Length}");
    }

    private static TpmAlgorithm ReadBank(ArgumentResult argument)
    {
        if (argument.Tokens.Count == 0) return TpmAlgorithm.Sha256;
        if (TpmHash.TryParseHashName(argument.Tokens[0].Value, out var bank)) return bank;
        argument.AddError($"'{argument.Tokens[0].Value}' is no bank: sha1, sha256, sha384 or sha512");
        return TpmAlgorithm.Sha256;
    }

    private static Dictionary<int, byte[]> ReadValues(ArgumentResult argument)
    {
        var values = new Dictionary<int, byte[]>();
        foreach (var token in argument.Tokens)
        {
            var separator = token.Value.IndexOf('=', StringComparison.Ordinal);
            if (separator > 0 && int.TryParse(token.Value.AsSpan(0, separator), NumberStyles.None, CultureInfo.InvariantCulture, out var pcr) && pcr < 24
                && TryParseHex(token.Value[(separator + 1)..]) is { } value && values.TryAdd(pcr, value)) continue;
            argument.AddError($"'{token.Value}' is no PCR from 0 to 23, named once, with its value: 7=HEX");
        }
        return values;
    }

    private static ReadOnlyMemory<byte>? ReadHex(ArgumentResult argument)
    {
        var value = TryParseHex(argument.Tokens[0].Value);
        if (value is null) argument.AddError($"'{argument.Tokens[0].Value}' is not hex");
        return value is null ? (ReadOnlyMemory<byte>?)null : value;
    }

    private static byte[]? TryParseHex(string text)
    {
        var bytes = new byte[text.Length / 2];
        return text.Length % 2 == 0 && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done ? bytes : null;
    }
}
