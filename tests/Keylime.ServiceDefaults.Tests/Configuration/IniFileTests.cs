using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tests.Configuration;

public sealed class IniFileTests
{
    [Theory]
    [InlineData("uuid = default", "default")]
    [InlineData("uuid: default", "default")]
    [InlineData("UUID=default", "default")]
    [InlineData("uuid = \"de fault\"", "de fault")]
    [InlineData("uuid =", "")]
    [InlineData("uuid = a = b", "a = b")]
    [InlineData("uuid = a # b", "a # b")]
    [InlineData("uuid = [\"a\",\n  # a remark\n  \"b\"]\nnext = 1", "[\"a\",\n\"b\"]")]
    [InlineData("uuid = \"a\", \"b\"", "\"a\", \"b\"")]
    [InlineData("# remark\n; remark\n\nuuid = x\r\n", "x")]
    public void Reads_values_as_python_does(string lines, string value) =>
        Assert.Equal(value, IniFile.Parse($"[verifier]\n{lines}", "f", IniDialect.Python).Find("verifier", "uuid"));

    [Theory]
    [InlineData("""uuid = "d432" """, "d432")]
    [InlineData("""uuid = 'C:\d'""", "C:\\d")]
    [InlineData("""uuid = "a\"b\\c\n\u0041" """, "a\"b\\c\nA")]
    [InlineData("""uuid = "a # b" # remark""", "a # b")]
    [InlineData("uuid = 9002 # remark", "9002")]
    [InlineData("uuid = true", "true")]
    [InlineData("uuid = [\"a]\", # remark\n'b',\n]\nnext = 1", "[\"a]\", 'b',\n]")]
    public void Reads_values_as_toml_does(string lines, string value) =>
        Assert.Equal(value, IniFile.Parse($"[agent]\n{lines}", "f", IniDialect.Toml).Find("agent", "uuid"));

    [Theory]
    [InlineData("uuid = ['a\n b', # remark\n\"#\"\n]", "['a\n b', \"#\"\n]")]
    [InlineData("uuid = [\n]\nnext = 1", "[\n]")]
    public void Goes_on_with_a_list_where_the_line_before_ended(string lines, string value) =>
        Assert.Equal(value, IniFile.Parse($"[agent]\n{lines}", "f", IniDialect.Toml).Find("agent", "uuid"));

    [Fact]
    public void Reads_a_list_of_many_lines_once()
    {
        var (few, many) = (AllocatedFor(500), AllocatedFor(2_000));
        Assert.InRange(many, few, 6 * few);

        static long AllocatedFor(int lines)
        {
            var text = "x = [\n" + string.Concat(Enumerable.Repeat("'a',\n", lines)) + "]\n";
            IniFile.Parse(text, "f", IniDialect.Toml);
            var before = GC.GetAllocatedBytesForCurrentThread();
            IniFile.Parse(text, "f", IniDialect.Toml);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Theory]
    [InlineData("[a]\nword", "f, line 2: neither a section, an option nor a comment")]
    [InlineData("= value", "f, line 1: neither a section, an option nor a comment")]
    [InlineData("[a]\nx = 1\nX = 2", "f, line 3: option 'X' appears twice")]
    public void Says_where_a_file_is_wrong(string text, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigurationException>(() => IniFile.Parse(text, "f", IniDialect.Python)).Message);

    [Theory]
    [InlineData("x = \"open", "f, line 1: text after the value, or a quote that is not ended")]
    [InlineData("x = \"a\" b", "f, line 1: text after the value, or a quote that is not ended")]
    [InlineData("x = \"\\q\"", "f, line 1: text after the value, or a quote that is not ended")]
    [InlineData("x = \"\\u00", "f, line 1: text after the value, or a quote that is not ended")]
    [InlineData("\nx = [\"a\",\ny = 1", "f, line 2: a value that is not ended")]
    public void Says_where_a_toml_value_is_wrong(string text, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigurationException>(() => IniFile.Parse(text, "f", IniDialect.Toml)).Message);

    [Fact]
    public void Keeps_sections_apart()
    {
        var file = IniFile.Parse("[verifier]\nip = a\n[revocations]\nip = b\n", "f", IniDialect.Python);
        Assert.Equal(("a", "b", null), (file.Find("verifier", "ip"), file.Find("Revocations", "IP"), file.Find("registrar", "ip")));
    }
}
