using System.Collections.Concurrent;
using System.Security.Cryptography;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keylime.Agent.Tests;

/// <summary>The registrar's part of the exchange over real HTTP, with the outages and refusals that a test asks for. It challenges the TPM for real.</summary>
internal sealed class RegistrarStandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, string> _keys = new();

    private RegistrarStandIn(WebApplication app) => _app = app;

    /// <summary>Answer to <c>/version</c>; null for 404.</summary>
    public ServerVersionResponse? Versions { get; set; } = new("2.6", [.. ApiVersion.Supported.Select(version => version.ToString())]);

    /// <summary>Called before each registration with its version and number; what it returns is the answer.</summary>
    public Func<string, int, IResult?> Intercept { get; set; } = (_, _) => null;

    /// <summary>Called before each activation.</summary>
    public Func<IResult?> InterceptActivation { get; set; } = () => null;

    /// <summary>Registrations in the order in which they came, with their versions.</summary>
    public ConcurrentQueue<(string Version, string Id, RegisterAgentRequest Request)> Registrations { get; } = new();

    /// <summary>The trace context of each registration and activation; empty for none.</summary>
    public ConcurrentQueue<string> Traces { get; } = new();

    /// <summary>Ids whose TPM opened the challenge.</summary>
    public ConcurrentQueue<string> Activated { get; } = new();

    public string Address => new Uri(_app.Urls.Single()).Authority;

    public static async Task<RegistrarStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var registrar = new RegistrarStandIn(app);
        app.MapGet("/version", () => registrar.Versions is { } versions ? Answers.Ok(versions) : Results.NotFound());
        app.MapPost("/v{version}/agents/{id}", registrar.RegisterAsync);
        app.MapPut("/v{version}/agents/{id}", registrar.ActivateAsync);
        await app.StartAsync();
        return registrar;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task<IResult> RegisterAsync(HttpContext context, string version, string id)
    {
        var body = await JsonBody.ReadAsync(context, KeylimeJson.Default.RegisterAgentRequest, 1 << 20);
        if (!body.IsGood) return body.Refusal;
        var request = body.Body.Value;
        Traces.Enqueue(context.Request.Headers.TraceParent.ToString());
        Registrations.Enqueue((version, id, request));
        if (Intercept(version, Registrations.Count) is { } answer) return answer;
        if (!PublicArea.TryParseSized(Convert.FromBase64String(request.EkTpm!), out var ek, out _)
            || !PublicArea.TryParseSized(Convert.FromBase64String(request.AikTpm!), out var ak, out _)) return Results.BadRequest();
        var secret = RandomNumberGenerator.GetBytes(32);
        _keys[id] = AuthTag.KeyFromSecret(secret);
        return Answers.Ok(new RegisterAgentResponse(Convert.ToBase64String(Challenge(ek, ak.ComputeName(), secret).ToBytes())));
    }

    private async Task<IResult> ActivateAsync(HttpContext context, string id)
    {
        var body = await JsonBody.ReadAsync(context, KeylimeJson.Default.ActivateAgentRequest, 1 << 20);
        if (!body.IsGood) return body.Refusal;
        Traces.Enqueue(context.Request.Headers.TraceParent.ToString());
        if (InterceptActivation() is { } answer) return answer;
        if (!_keys.TryRemove(id, out var key) || !AuthTag.Verify(key, id, body.Body.Value.AuthTag)) return Answers.Error(400, "wrong tag");
        Activated.Enqueue(id);
        return Answers.Ok();
    }

    private static CredentialBlob Challenge(PublicArea ek, byte[] name, byte[] secret)
    {
        if (ek.Rsa is not null) return MakeCredential.ForRsa(ek, name, secret, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return MakeCredential.ForEcc(ek, name, secret, ephemeral);
    }
}
