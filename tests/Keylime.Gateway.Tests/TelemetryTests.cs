using System.Diagnostics.Metrics;

namespace Keylime.Gateway.Tests;

public sealed class TelemetryTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Hands_on_the_trace_and_puts_its_own_span_in_between()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736", Span = "00f067aa0ba902b7";
        using var request = new HttpRequestMessage(HttpMethod.Get, _cluster.Verifier("/v2.6/agents/agent-1"));
        request.Headers.Add("traceparent", $"00-{Trace}-{Span}-01");
        using var response = await _cluster.Admin.SendAsync(request);
        var received = Assert.Single(_cluster.Verifiers.SelectMany(verifier => verifier.Received)).Headers["traceparent"];
        Assert.StartsWith($"00-{Trace}-", received, StringComparison.Ordinal);
        Assert.DoesNotContain(Span, received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counts_further_attempts_refusals_and_live_back_ends()
    {
        var sums = new Dictionary<string, long>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, meters) => { if (instrument.Meter.Name == GatewayMetrics.MeterName && IsOurs(instrument)) meters.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, tags, value));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument.Name, tags, value));
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(2, sums["keylime.gateway.backends registrar"]);

        foreach (var registrar in _cluster.Registrars) await registrar.StopAsync();
        using var response = await _cluster.Admin.GetAsync(_cluster.RegistrarTls("/v2.6/agents"));
        Assert.Equal(1, sums["keylime.gateway.retries registrar"]);
        Assert.Equal(1, sums["keylime.gateway.refusals registrar 503"]);
        // A health check that was answered before they went may be reported after.
        await TestCluster.UntilAsync(() =>
        {
            sums.Clear();
            listener.RecordObservableInstruments();
            return Task.FromResult(sums["keylime.gateway.backends registrar"] == 0);
        });

        // Other tests' gateways measure in this process too.
        bool IsOurs(Instrument instrument) => ReferenceEquals(instrument.Meter.Scope, _cluster.Meters);
        void Add(string name, ReadOnlySpan<KeyValuePair<string, object?>> tags, long value)
        {
            var key = $"{name} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}";
            sums[key] = sums.GetValueOrDefault(key) + value;
        }
    }
}
