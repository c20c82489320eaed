using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Keylime.Registrar.Tests;

/// <summary>Whatever is sent, the answer is one of the reference's, and never a 500.</summary>
public sealed class HostileInputTests(RegistrarService registrar) : IClassFixture<RegistrarService>
{
    private readonly HttpClient _agent = registrar.Anonymous();

    [Theory]
    // Malformed JSON: an empty body.
    [InlineData("POST", "/v2.6/agents/a", "", 400, false)]
    [InlineData("POST", "/v2.6/agents/a", "{", 400, false)]
    [InlineData("POST", "/v2.6/agents/a", "{}{}", 400, false)]
    [InlineData("POST", "/v2.6/agents/a", "{\"ek_tpm\":\"\\ud800\"}", 400, true)]
    [InlineData("PUT", "/v2.6/agents/a", "\u0000", 400, false)]
    [InlineData("POST", "/v2.6/agents/a/activate", "{'auth_tag':1}", 400, false)]
    // JSON of the wrong shape: an envelope.
    [InlineData("POST", "/v2.6/agents/a", "[]", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "null", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "\"text\"", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"ek_tpm\":1}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"ek_tpm\":{\"a\":[]}}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"port\":\"many\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"port\":99999999999}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"port\":-1}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"ip\":\"a b\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"ip\":\"\\u0000\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"ek_tpm\":\"!\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"ek_tpm\":\"0x\",\"aik_tpm\":\"0x0\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"ek_tpm\":\"AAAA\",\"aik_tpm\":\"AAAA\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"ek_tpm\":\"FFFF\",\"aik_tpm\":\"0000\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"ekcert\":\"MAA=\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"ekcert\":\"MIT/////\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"mtls_cert\":\"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a", "{\"mtls_cert\":\"-----BEGIN CERTIFICATE-----\"}", 400, true)]
    [InlineData("PUT", "/v2.6/agents/a", "{}", 400, true)]
    [InlineData("PUT", "/v2.6/agents/a", "{\"auth_tag\":null}", 400, true)]
    [InlineData("PUT", "/v2.6/agents/a", "{\"auth_tag\":[1]}", 400, true)]
    [InlineData("PUT", "/v2.6/agents/nobody", "{\"auth_tag\":\"\"}", 404, true)]
    // Ids.
    [InlineData("POST", "/v2.6/agents/a%20b", "{}", 400, true)]
    [InlineData("POST", "/v2.6/agents/%00", "{}", 400, false)] // refused by the server itself
    [InlineData("POST", "/v2.6/agents/%2500", "{}", 400, true)]
    [InlineData("POST", "/v2.6/agents/%2561", "{}", 400, true)]
    [InlineData("PUT", "/v2.6/agents/%2561bc", "{\"auth_tag\":\"00\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents/a%27%3BDROP", "{}", 400, true)]
    [InlineData("POST", "/v2.6/agents/%C3%BC", "{}", 400, true)]
    [InlineData("PUT", "/v2.6/agents/a$", "{\"auth_tag\":\"00\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents", "{}", 400, true)]
    [InlineData("POST", "/v2.6/agents", "{\"agent_id\":\"..\"}", 400, true)]
    [InlineData("POST", "/v2.6/agents", "{\"agent_id\":7}", 400, true)]
    // Routes and methods: an empty body.
    [InlineData("GET", "/", "", 404, false)]
    [InlineData("GET", "/v2.6", "", 404, false)]
    [InlineData("GET", "/v2.9/agents", "", 404, false)]
    [InlineData("GET", "/v9999999999/agents", "", 404, false)]
    [InlineData("POST", "/v2.6/agents/a/b/c", "{}", 404, false)]
    [InlineData("POST", "/v3.0/agents/a", "{}", 405, false)]
    [InlineData("PUT", "/v3.0/agents/a", "{}", 405, false)]
    [InlineData("PATCH", "/v2.6/agents/a", "{}", 405, false)]
    [InlineData("DELETE", "/v2.6/agents", "", 405, false)]
    [InlineData("POST", "/version", "{}", 405, false)]
    [InlineData("BREW", "/v2.6/agents/a", "", 501, false)]
    // Routes that need TLS.
    [InlineData("GET", "/v2.6/agents", "", 400, false)]
    [InlineData("GET", "/v2.6/agents/a", "", 400, false)]
    [InlineData("DELETE", "/v2.6/agents/a", "", 400, false)]
    [InlineData("GET", "/v3.0/", "", 400, false)]
    public async Task Answers_as_the_reference_says(string method, string path, string body, int status, bool envelope)
    {
        using var request = new HttpRequestMessage(new(method), path)
        {
            Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
        using var response = await _agent.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(status, (int)response.StatusCode);
        if (!envelope)
        {
            Assert.Equal("", text);
            return;
        }
        var answer = JsonNode.Parse(text)!;
        Assert.Equal(status, (int)answer["code"]!);
        Assert.NotEqual("", (string)answer["status"]!);
        Assert.Empty(answer["results"]!.AsObject());
    }

    [Fact]
    public async Task Refuses_ten_megabytes_before_reading_them()
    {
        using var body = new ByteArrayContent(new byte[10 * 1024 * 1024]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2.6/agents/a") { Content = body };
        // A body that is refused unread ends the connection; sent meanwhile, it could take the answer with it.
        request.Headers.ExpectContinue = true;
        using var response = await _agent.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Refuses_every_truncation_of_the_keys_of_a_good_registration()
    {
        using var tpm = new TpmKeys();
        var (ek, ak) = (tpm.Ek.ToSizedBytes(), tpm.Ak.ToSizedBytes());
        foreach (var length in Enumerable.Range(1, ak.Length - 1))
        {
            var (status, _) = await _agent.SendJsonAsync(HttpMethod.Post, "/v2.6/agents/truncated",
                tpm.Registration(("aik_tpm", Convert.ToBase64String(ak.AsSpan(0, length)))).ToJsonString());
            Assert.Equal(HttpStatusCode.BadRequest, status);
        }
        foreach (var length in Enumerable.Range(1, ek.Length - 1).Where(length => length < 60 || length % 16 == 0))
        {
            var (status, _) = await _agent.SendJsonAsync(HttpMethod.Post, "/v2.6/agents/truncated",
                tpm.Registration(("ek_tpm", Convert.ToBase64String(ek.AsSpan(0, length)))).ToJsonString());
            Assert.Equal(HttpStatusCode.BadRequest, status);
        }
    }

    [Fact]
    public async Task Answers_every_flipped_byte_of_a_certificate_without_a_fault()
    {
        using var tpm = new TpmKeys();
        var certificate = tpm.EkCertificate();
        for (var i = 0; i < certificate.Length; i += 3)
        {
            certificate[i] ^= 0xFF;
            var (status, body) = await _agent.SendJsonAsync(HttpMethod.Post, $"/v2.6/agents/flipped-{i}",
                tpm.Registration(("ekcert", Convert.ToBase64String(certificate))).ToJsonString());
            Assert.True(status is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"byte {i}: {body.ToJsonString()}");
            certificate[i] ^= 0xFF;
        }
    }
}
