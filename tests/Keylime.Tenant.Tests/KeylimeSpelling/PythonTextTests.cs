using System.Text.Json.Nodes;
using Keylime.Tenant.KeylimeSpelling;

namespace Keylime.Tenant.Tests.KeylimeSpelling;

public sealed class PythonTextTests
{
    // The expected texts are what python3 prints for json.dumps(json.loads(x)) and json.loads(x).
    [Theory]
    [InlineData("""{"a":1,"b":null,"c":[true,false,[]],"d":{}}""", """{"a": 1, "b": null, "c": [true, false, []], "d": {}}""", "{'a': 1, 'b': None, 'c': [True, False, []], 'd': {}}")]
    [InlineData("""["it's","a\"b","a'\"b","\\\n\t"]""", """["it's", "a\"b", "a'\"b", "\\\n\t"]""", """["it's", 'a"b', 'a\'"b', '\\\n\t']""")]
    [InlineData("""["ä"]""", "[\"\\u00e4\"]", "['ä']")]
    [InlineData("1.5", "1.5", "1.5")]
    [InlineData("null", "null", "None")]
    public void Writes_as_python_does(string json, string dumps, string repr)
    {
        Assert.Equal(dumps, PythonText.Dumps(JsonNode.Parse(json)));
        Assert.Equal(repr, PythonText.Repr(JsonNode.Parse(json)));
    }
}
