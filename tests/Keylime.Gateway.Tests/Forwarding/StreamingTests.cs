using System.Net;
using Microsoft.AspNetCore.Http;

namespace Keylime.Gateway.Tests.Forwarding;

public sealed class StreamingTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync(("max_upload_size", "2000000"));

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Passes_a_body_on_while_it_is_being_sent()
    {
        var firstSeen = new TaskCompletionSource();
        foreach (var verifier in _cluster.Verifiers)
            verifier.Behaviour = async context =>
            {
                await context.Request.Body.ReadExactlyAsync(new byte[32 * 1024]);
                firstSeen.SetResult();
                await context.Request.Body.CopyToAsync(Stream.Null);
            };
        // The client sends the rest only after the back end has the beginning: a gateway that buffers would hang here.
        using var content = new TwoPartContent(new byte[64 * 1024], firstSeen.Task.WaitAsync(TestCluster.Patience));
        using var response = await _cluster.Admin.PostAsync(_cluster.Verifier("/v2.6/verify/evidence"), content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Passes_an_answer_on_while_it_is_being_made()
    {
        var firstRead = new TaskCompletionSource();
        foreach (var verifier in _cluster.Verifiers)
            verifier.Behaviour = async context =>
            {
                await context.Response.WriteAsync("first");
                await context.Response.Body.FlushAsync();
                await firstRead.Task.WaitAsync(TestCluster.Patience);
                await context.Response.WriteAsync("second");
            };
        using var response = await _cluster.Admin.GetAsync(_cluster.Verifier("/v2.6/agents"), HttpCompletionOption.ResponseHeadersRead);
        using var stream = await response.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[5]);
        firstRead.SetResult();
        using var rest = new StreamReader(stream);
        Assert.Equal("second", await rest.ReadToEndAsync());
    }

    [Fact]
    public async Task Refuses_a_body_that_says_it_is_too_large_without_asking_anybody()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _cluster.Verifier("/v2.6/verify/evidence")) { Content = new ByteArrayContent(new byte[2_000_001]) };
        // The connection is closed under a client that sends on: this one asks first, and so reads the answer.
        request.Headers.ExpectContinue = true;
        using var response = await _cluster.Admin.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("Request body is larger than 2000000 bytes", (await TestCluster.Json(response))["status"]!.GetValue<string>());
        Assert.All(_cluster.Verifiers, verifier => Assert.Empty(verifier.Received));
    }

    [Fact]
    public async Task Cuts_off_a_body_that_turns_out_too_large()
    {
        using var content = new StreamContent(new MemoryStream(new byte[2_000_001]));
        using var request = new HttpRequestMessage(HttpMethod.Post, _cluster.Verifier("/v2.6/verify/evidence")) { Content = content };
        request.Headers.TransferEncodingChunked = true;
        using var response = await _cluster.Admin.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("Request body too large", (await TestCluster.Json(response))["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Passes_a_body_of_the_largest_size()
    {
        using var content = new ByteArrayContent(new byte[2_000_000]);
        using var response = await _cluster.Admin.PostAsync(_cluster.Verifier("/v2.6/verify/evidence"), content);
        Assert.Equal(2_000_000, (await TestCluster.Json(response))["length"]!.GetValue<int>());
    }

    private sealed class TwoPartContent(byte[] first, Task pause) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(first);
            await stream.FlushAsync();
            await pause;
            await stream.WriteAsync("rest"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
