using System.Text;
using Keylime.Client;
using Keylime.Fuzz.Engine;
using Keylime.ServiceDefaults.Configuration;
using static Keylime.Fuzz.Engine.BrokenPropertyException;

namespace Keylime.Fuzz.Targets;

/// <summary>Configuration: files, lists and addresses that operators write.</summary>
internal static class ConfigurationTargets
{
    private static readonly IReadOnlyList<byte[]> Dictionary = FuzzTarget.Words("[verifier]", " = ", "\"", "'", "#", ";", "\n", "\n  ", "[", "]", ",", "\\u0041", "\\", "%", ":", "\r\n", "\"\"\"");

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("ini-python", input => RunIni(input, IniDialect.Python), FuzzTarget.Words("[verifier]\nip = 127.0.0.1\nlist = [\"a\",\n  \"b\"]\n# none\nPort: 8881\n")) { Dictionary = Dictionary },
        new("ini-toml", input => RunIni(input, IniDialect.Toml), FuzzTarget.Words("[agent]\nip = \"127.0.0.1\" # comment\nlist = [\"a\",\n 'b', # c\n]\nport = 9002\nname = 'a'\n")) { Dictionary = Dictionary },
        new("list-syntax", RunList, FuzzTarget.Words("a, b", "[\"a\", 'b',]", "[a b]")) { Dictionary = Dictionary },
        new("address", RunAddress, FuzzTarget.Words("localhost", "127.0.0.1:8881", "[::1]:8881", "::1", "a.example:443")) { Dictionary = FuzzTarget.Words(":", "[", "]", "@", "/", "?", "::", "%25eth0", "65535", "xn--", "é", " ") },
    ];

    private static int RunIni(byte[] input, IniDialect dialect)
    {
        try
        {
            return IniFile.Parse(Encoding.UTF8.GetString(input), "a.conf", dialect).Find("verifier", "ip")?.Length ?? -1;
        }
        catch (ConfigurationException e)
        {
            Require(e.Message.StartsWith("a.conf, line ", StringComparison.Ordinal), "is refused without a line");
            return e.Message.Length;
        }
    }

    private static int RunList(byte[] input)
    {
        if (!ListSyntax.TryParse(Encoding.UTF8.GetString(input), out var items)) return -1;
        return items.Count;
    }

    private static int RunAddress(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!AddressList.TryParse(text, "https", 8881, out var address)) return 0;
        Require(address.Scheme == "https" && address.UserInfo.Length == 0 && address.PathAndQuery == "/" && address.Host.Length > 0, "is more than a host and a port");
        Require(AddressList.TryParse($"{address.Host}:{address.Port}", "https", 1, out var again) && again == address, "is another address after it was written");
        return address.Port;
    }
}
