using System.Diagnostics.Metrics;

namespace Keylime.Registrar;

/// <summary>Registrations and activations, in numbers.</summary>
internal sealed class RegistrarMetrics : IDisposable
{
    public const string MeterName = "Keylime.Registrar";

    private readonly Meter _meter;
    private readonly Counter<long> _registrations;
    private readonly Counter<long> _activations;

    public RegistrarMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _registrations = _meter.CreateCounter<long>("keylime.registrar.registrations", description: "Registrations, by outcome");
        _activations = _meter.CreateCounter<long>("keylime.registrar.activations", description: "Proofs that keys live in one TPM, by outcome");
    }

    public void Registered() => _registrations.Add(1, Outcome("accepted"));

    public void RegistrationRefused() => _registrations.Add(1, Outcome("refused"));

    public void Activated() => _activations.Add(1, Outcome("accepted"));

    public void ActivationRefused() => _activations.Add(1, Outcome("refused"));

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Outcome(string outcome) => new("outcome", outcome);
}
