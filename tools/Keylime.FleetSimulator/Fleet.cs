using Keylime.FleetSimulator.Agents;
using Keylime.FleetSimulator.Control;
using Keylime.FleetSimulator.Faults;
using Keylime.FleetSimulator.Joining;
using Keylime.FleetSimulator.Listening;
using Keylime.FleetSimulator.Machines;
using Keylime.FleetSimulator.Measurements;
using Keylime.FleetSimulator.Statistics;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.FleetSimulator;

/// <summary>A fleet from start to end: machines, their port, registration and enrollment, service, and the way out.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly Registration? _registration;
    private readonly Enrollment? _enrollment;
    private readonly FleetServer _server;

    private Fleet(AgentPopulation agents, FleetStatistics statistics, FaultLog faults, FleetServer server, Registration? registration, Enrollment? enrollment, TimeProvider time)
    {
        (Agents, Statistics, Faults, _server, _registration, _enrollment) = (agents, statistics, faults, server, registration, enrollment);
        Joiner = new(registration, enrollment, time);
    }

    public AgentPopulation Agents { get; }

    public FleetStatistics Statistics { get; }

    public FaultLog Faults { get; }

    public Joiner Joiner { get; }

    public int Port => _server.Port;

    /// <summary>Makes the machines and opens their port. They are not registered yet.</summary>
    public static async Task<Fleet> StartAsync(FleetOptions options, TimeProvider time, CancellationToken ct)
    {
        Descriptors.Demand(options.Ids.Count);
        var authority = CertificateTrust.In(CertificateFiles.ReadCertificates(Path.Combine(options.TlsFolder, CertificateFolder.AuthorityCertificate)));
        var boot = options.BootLog ? BootState.WithLog() : BootState.WithoutLog;
        var image = new SoftwareImage(boot.Aggregate());
        var profile = new MachineProfile(image, boot, options.ImaEntries, options.ImaRate);
        var agents = new AgentFactory(options, profile, authority, time).Create();
        var statistics = new FleetStatistics(agents, options.Interval, time);
        var faults = new FaultLog(time);
        var server = await FleetServer.StartAsync(agents, statistics, faults, options.Port, time, ct);
        var registration = options.Registrars.Count == 0 ? null : new Registration(options.Registrars, authority, server.Port, time);
        var enrollment = options.Verifiers.Count == 0 ? null
            : Enrollment.Open(options.Verifiers, Operator(options, authority), FleetPolicies.Of(image, $"fleet-{options.Seed.Text}", options.BootLog), server.Port, time);
        return new(agents, statistics, faults, server, registration, enrollment, time);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _registration?.Dispose();
        _enrollment?.Dispose();
    }

    private static ClientTls Operator(FleetOptions options, CertificateTrust authority) => new(
        TlsIdentity.Read(Path.Combine(options.TlsFolder, "client-cert.crt"), Path.Combine(options.TlsFolder, "client-private.pem"), ""), authority);
}
