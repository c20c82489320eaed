using System.Diagnostics.Metrics;

namespace Keylime.Agent.Quotes;

/// <summary>What quotes cost this machine's TPM.</summary>
internal sealed class QuoteMetrics : IDisposable
{
    public const string MeterName = "Keylime.Agent.Quotes";

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _failures;

    public QuoteMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _duration = _meter.CreateHistogram<double>("keylime.agent.quote.duration", "s", "Time that the TPM took for a quote");
        _failures = _meter.CreateCounter<long>("keylime.agent.quote.failures", description: "Quotes that the TPM did not give");
    }

    public void Quoted(TimeSpan duration) => _duration.Record(duration.TotalSeconds);

    public void Failed() => _failures.Add(1);

    public void Dispose() => _meter.Dispose();
}
