using System.Diagnostics;
using Keylime.ServiceDefaults.Tls;
using Keylime.Testing;

namespace Keylime.Agent.Tests.Registration;

public sealed class RegistrationTraceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [TpmFact]
    public async Task A_registration_is_one_trace_that_gateway_and_registrar_can_go_on_with()
    {
        await using var tpm = await SoftwareTpm.StartAsync();
        await using var registrar = await RegistrarStandIn.StartAsync();
        CertificateFolder.CreateMissing(_folder.At("cv_ca"), new CertificateFolderOptions(), TimeProvider.System);
        var port = TcpPorts.Free(1)[0];
        await using var agent = AgentProcess.Start(new Dictionary<string, string>
        {
            ["KEYLIME_DIR"] = _folder.Path,
            ["TCTI"] = tpm.Tcti,
            ["KEYLIME_AGENT_UUID"] = "traced",
            ["KEYLIME_AGENT_IP"] = "127.0.0.1",
            ["KEYLIME_AGENT_PORT"] = $"{port}",
            ["KEYLIME_AGENT_RUN_AS"] = "",
            ["KEYLIME_AGENT_REGISTRAR_IP"] = registrar.Address,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1", // Nobody there: what is asked is that it is told of.
        });
        await agent.WaitUntilServingAsync(port);

        Assert.Equal(2, registrar.Traces.Count);
        var contexts = registrar.Traces.Select(text => ActivityContext.TryParse(text, null, out var context) ? context : default).ToList();
        Assert.NotEqual(default, contexts[0].TraceId);
        Assert.Equal(contexts[0].TraceId, contexts[1].TraceId);
    }

    public void Dispose() => _folder.Dispose();
}
