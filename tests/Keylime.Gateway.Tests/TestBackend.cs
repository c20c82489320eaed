using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Keylime.Protocol;
using Keylime.ServiceDefaults;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Keylime.Gateway.Tests;

/// <summary>A real service with the shared HTTP rules that answers what it got: who was asking, which target, which headers, how much body.
/// It can be stopped and started again on the same port.</summary>
internal sealed class TestBackend(string instance, int port, ServerTls? tls) : IAsyncDisposable
{
    private WebApplication? _app;

    public string Instance => instance;

    public int Port => port;

    /// <summary>Requests that came in, health checks left out, before any rule was applied.</summary>
    public ConcurrentQueue<ReceivedRequest> Received { get; } = new();

    /// <summary>What to do instead of telling about the request.</summary>
    public RequestDelegate? Behaviour { get; set; }

    /// <summary>The members that it tells gateways; null: it has no such route.</summary>
    public Func<IEnumerable<ClusterMember>?> Members { get; set; } = () => null;

    /// <summary>Neither answers nor hangs up, not even to health checks, like a process that is stopped by a signal.</summary>
    public bool IsPaused { get; set; }

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddServiceDefaults(KeylimeSettings.Load("verifier", new Dictionary<string, string>(), "/nowhere"));
        if (tls is null) builder.ListenPlain(IPAddress.Loopback, port);
        else builder.ListenTls(IPAddress.Loopback, port, tls);
        _app = builder.Build();
        _app.Use(RecordAsync);
        _app.UseKeylimeHttp();
        _app.Map("/{**path}", context => (Behaviour ?? TellAsync)(context)).AllowEveryoneOverPlainHttp();
        await _app.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_app is null) return;
        // At once: a drained shutdown would answer what the test wants to see fail.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        if (IsPaused) return Task.Delay(Timeout.Infinite, context.RequestAborted);
        if (context.Request.Path == "/version" && !context.Request.Headers.ContainsKey("X-Forwarded-For")) return TellAsync(context);
        if (context.Request.Path == "/cluster/members" && !context.Request.Headers.ContainsKey("X-Forwarded-For")) return TellMembersAsync(context);
        Received.Enqueue(new(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        return next(context);
    }

    private Task TellMembersAsync(HttpContext context) =>
        (Members() is { } members ? Answers.Ok(new ClusterMembersResponse([.. members])) : Answers.Error(404, "unknown")).ExecuteAsync(context);

    private async Task TellAsync(HttpContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        long length = 0;
        for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0; length += read) hash.AppendData(buffer, 0, read);
        var answer = new JsonObject
        {
            ["instance"] = instance,
            ["caller"] = context.GetCaller().Name,
            ["length"] = length,
            ["sha256"] = Convert.ToHexStringLower(hash.GetHashAndReset()),
        };
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer.ToJsonString());
    }
}

/// <summary>A request as a back end saw it.</summary>
internal sealed record ReceivedRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers);
