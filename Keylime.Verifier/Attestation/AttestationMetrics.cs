using System.Diagnostics.Metrics;

namespace Keylime.Verifier.Attestation;

/// <summary>What the attestation loop does, in numbers.</summary>
internal sealed class AttestationMetrics : IDisposable
{
    public const string MeterName = "Keylime.Verifier.Attestation";

    private readonly Meter _meter;
    private readonly Counter<long> _attestations;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _unreachable;
    private readonly Histogram<double> _lateness;
    private readonly Histogram<double> _exchange;
    private readonly Counter<long> _flushed;

    public AttestationMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _attestations = _meter.CreateCounter<long>("keylime.attestation.appraisals", description: "Answers judged, by verdict");
        _failures = _meter.CreateCounter<long>("keylime.attestation.failures", description: "Reasons of rejection, by Keylime's event id");
        _unreachable = _meter.CreateCounter<long>("keylime.attestation.unreachable", description: "Requests to agents that got no usable answer");
        _lateness = _meter.CreateHistogram<double>("keylime.attestation.lateness", "s", "From when an agent was due to when it was asked");
        _exchange = _meter.CreateHistogram<double>("keylime.attestation.exchange.duration", "s", "From asking an agent to the verdict");
        _flushed = _meter.CreateCounter<long>("keylime.attestation.flushed", description: "Agent states written in batches");
    }

    /// <summary>Shows sizes that others keep.</summary>
    public void Observe(Func<int> agents, Func<int> waiting, Func<TimeSpan> effectiveInterval, TimeSpan interval)
    {
        _meter.CreateObservableGauge("keylime.attestation.agents", agents, description: "Agents that this verifier polls");
        _meter.CreateObservableGauge("keylime.attestation.queue.length", waiting, description: "Agents that are due and wait for a place");
        _meter.CreateObservableGauge("keylime.attestation.interval", () => interval.TotalSeconds, "s", "Configured time between two quotes of one agent");
        _meter.CreateObservableGauge("keylime.attestation.interval.effective", () => effectiveInterval().TotalSeconds, "s", "Time between two quotes of one agent of late");
    }

    public void Appraised(Keylime.Attestation.Verdict verdict) => _attestations.Add(1, new KeyValuePair<string, object?>("verdict", VerdictName(verdict)));

    public void Failed(string eventId) => _failures.Add(1, new KeyValuePair<string, object?>("event_id", eventId));

    public void Unreachable() => _unreachable.Add(1);

    public void Started(TimeSpan lateness) => _lateness.Record(lateness.TotalSeconds);

    public void Exchanged(TimeSpan duration) => _exchange.Record(duration.TotalSeconds);

    public void Flushed(int agents) => _flushed.Add(agents);

    public void Dispose() => _meter.Dispose();

    // Constants: an enum's name would be looked up and boxed per attestation.
    private static string VerdictName(Keylime.Attestation.Verdict verdict) => verdict switch
    {
        Keylime.Attestation.Verdict.Trusted => "trusted",
        Keylime.Attestation.Verdict.AskAgain => "ask_again",
        _ => "rejected",
    };
}
