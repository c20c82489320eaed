using System.Net;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tests.Configuration;

public sealed class KeylimeSettingsTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Takes_the_first_base_file_and_then_all_drop_ins()
    {
        _root.Write("usr/etc/keylime/verifier.conf", "[verifier]\na = vendor\nb = vendor\n");
        _root.Write("etc/keylime/verifier.conf", "[verifier]\na = own\nc = own\nd = own\ne = own\n");
        _root.Write("usr/etc/keylime/verifier.conf.d/1.conf", "[verifier]\nc = vendor drop-in\nd = vendor drop-in\n");
        _root.Write("etc/keylime/verifier.conf.d/1.conf", "[verifier]\nd = first drop-in\ne = first drop-in\n");
        _root.Write("etc/keylime/verifier.conf.d/2.conf", "[verifier]\ne = second drop-in\n");
        var settings = Load("verifier");
        Assert.Equal(["own", "-", "vendor drop-in", "first drop-in", "second drop-in"], "abcde".Select(o => settings.GetText($"{o}", "-")));
    }

    [Fact]
    public void Ignores_drop_ins_without_a_base_file()
    {
        _root.Write("etc/keylime/verifier.conf.d/1.conf", "[verifier]\na = 1\n");
        Assert.Null(Load("verifier").FindText("a"));
    }

    [Fact]
    public void Layers_all_files_of_the_agent()
    {
        _root.Write("usr/etc/keylime/agent.conf", "[agent]\na = \"vendor\"\nb = \"vendor\"\n");
        _root.Write("usr/etc/keylime/agent.conf.d/x.conf", "[agent]\nb = \"vendor drop-in\"\nc = \"vendor drop-in\"\n");
        _root.Write("etc/keylime/agent.conf", "[agent]\nc = \"own\"\n");
        var settings = Load("agent");
        Assert.Equal(["vendor", "vendor drop-in", "own"], "abc".Select(o => settings.GetText($"{o}", "-")));
    }

    [Fact]
    public void Reads_only_the_file_that_a_variable_names()
    {
        _root.Write("etc/keylime/verifier.conf", "[verifier]\na = 1\nb = 1\n");
        var other = _root.Write("other.conf", "[verifier]\na = 2\n");
        var settings = Load("verifier", ("KEYLIME_VERIFIER_CONFIG", other));
        Assert.Equal(("2", null), (settings.FindText("a"), settings.FindText("b")));
    }

    [Fact]
    public void Refuses_a_named_file_that_does_not_exist() =>
        Assert.Equal("KEYLIME_VERIFIER_CONFIG names '/nowhere', which does not exist",
            Assert.Throws<ConfigurationException>(() => Load("verifier", ("KEYLIME_VERIFIER_CONFIG", "/nowhere"))).Message);

    [Fact]
    public void Lets_variables_win_over_files()
    {
        _root.Write("etc/keylime/verifier.conf", "[verifier]\nquote_interval = 2\n[revocations]\nwebhook_url = file\n");
        var settings = Load("verifier", ("KEYLIME_VERIFIER_QUOTE_INTERVAL", "\"5\""), ("KEYLIME_VERIFIER_REVOCATIONS_WEBHOOK_URL", "variable"));
        Assert.Equal(("5", "variable"), (settings.FindText("quote_interval"), settings.FindText("webhook_url", "revocations")));
    }

    [Fact]
    public void Finds_the_work_folder()
    {
        Assert.Equal("/var/lib/keylime", Load("verifier").WorkDirectory);
        Assert.Equal("/x", Load("verifier", ("KEYLIME_DIR", "/x")).WorkDirectory);
        Assert.Equal("/y", Load("agent", ("KEYLIME_AGENT_KEYLIME_DIR", "/y")).WorkDirectory);
    }

    [Theory]
    [InlineData("True", true)]
    [InlineData("on", true)]
    [InlineData("YES", true)]
    [InlineData("1", true)]
    [InlineData("false", false)]
    [InlineData("Off", false)]
    [InlineData("no", false)]
    [InlineData("0", false)]
    public void Reads_booleans(string text, bool value) => Assert.Equal(value, Load("verifier", ("KEYLIME_VERIFIER_X", text)).GetBoolean("x", !value));

    [Theory]
    [InlineData("2", 2)]
    [InlineData("0.5", 0.5)]
    [InlineData("60.0", 60)]
    public void Reads_times_in_seconds(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Load("verifier", ("KEYLIME_VERIFIER_X", text)).GetSeconds("x", TimeSpan.Zero));

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("*", "::")]
    public void Reads_addresses(string text, string address) =>
        Assert.Equal(IPAddress.Parse(address), Load("verifier", ("KEYLIME_VERIFIER_IP", text)).GetAddress("ip", IPAddress.None));

    [Theory]
    [InlineData("GetInteger", "abc", "verifier: option x = 'abc' (KEYLIME_VERIFIER_X) must be a whole number from 1 to 10")]
    [InlineData("GetInteger", "11", "verifier: option x = '11' (KEYLIME_VERIFIER_X) must be a whole number from 1 to 10")]
    [InlineData("GetInteger", "", "verifier: option x = '' (KEYLIME_VERIFIER_X) must be a whole number from 1 to 10")]
    [InlineData("GetBoolean", "maybe", "verifier: option x = 'maybe' (KEYLIME_VERIFIER_X) must be true or false")]
    [InlineData("GetSeconds", "-1", "verifier: option x = '-1' (KEYLIME_VERIFIER_X) must be a number of seconds from 0 to 86400")]
    [InlineData("GetSeconds", "NaN", "verifier: option x = 'NaN' (KEYLIME_VERIFIER_X) must be a number of seconds from 0 to 86400")]
    [InlineData("GetList", "[a", "verifier: option x = '[a' (KEYLIME_VERIFIER_X) must be a list such as a, b or [\"a\", \"b\"]")]
    [InlineData("GetAddress", "host", "verifier: option x = 'host' (KEYLIME_VERIFIER_X) must be an IP address")]
    public void Names_option_value_and_source_of_a_bad_value(string reader, string text, string message)
    {
        var settings = Load("verifier", ("KEYLIME_VERIFIER_X", text));
        Action read = reader switch
        {
            "GetInteger" => () => settings.GetInteger("x", 1, 1, 10),
            "GetBoolean" => () => settings.GetBoolean("x", false),
            "GetSeconds" => () => settings.GetSeconds("x", TimeSpan.Zero),
            "GetList" => () => settings.GetList("x", []),
            _ => () => settings.GetAddress("x", IPAddress.None),
        };
        Assert.Equal(message, Assert.Throws<ConfigurationException>(read).Message);
    }

    [Fact]
    public void Names_the_file_of_a_bad_value()
    {
        var file = _root.Write("etc/keylime/verifier.conf", "[verifier]\nport = x\n");
        Assert.Contains(file, Assert.Throws<ConfigurationException>(() => Load("verifier").GetPort("port", 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shows_no_password_in_an_error() =>
        Assert.DoesNotContain("hunter2", Load("verifier", ("KEYLIME_VERIFIER_SERVER_KEY_PASSWORD", "hunter2")).Refuse("server_key_password", "is wrong").Message, StringComparison.Ordinal);

    private KeylimeSettings Load(string component, params (string Name, string Value)[] environment) =>
        KeylimeSettings.Load(component, environment.ToDictionary(e => e.Name, e => e.Value), _root.Path);
}
