using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Keylime.FleetSimulator.Faults;
using Keylime.FleetSimulator.Machines;
using Keylime.FleetSimulator.Payload;
using Keylime.FleetSimulator.Statistics;
using Keylime.Protocol;

namespace Keylime.FleetSimulator.Agents;

/// <summary>One agent: a machine, its address and its TLS certificate, and how it behaves at the moment.</summary>
internal sealed class SimulatedAgent(int number, AgentId id, IPAddress address, SimulatedMachine machine, X509Certificate2 certificate, Lazy<SslServerAuthenticationOptions> tls)
{
    private int _fault;
    private int _isToBeAnnounced;

    /// <summary>Place in the fleet, from 0.</summary>
    public int Number => number;

    public AgentId Id => id;

    public IPAddress Address => address;

    public SimulatedMachine Machine => machine;

    public X509Certificate2 Certificate => certificate;

    public SslServerAuthenticationOptions Tls => tls.Value;

    public PayloadShares Shares { get; } = new(id);

    public QuoteTimes Times { get; } = new();

    public Fault Fault => (Fault)Volatile.Read(ref _fault);

    /// <summary>How late answers are while the fault is <see cref="Fault.Slow"/>.</summary>
    public TimeSpan Slowness { get; private set; }

    public void Inject(Fault fault, TimeSpan slowness)
    {
        Slowness = slowness;
        if (fault == Fault.Reboot) machine.Reboot();
        Times.Forget();
        Volatile.Write(ref _fault, (int)fault);
        Volatile.Write(ref _isToBeAnnounced, 1);
    }

    public void Heal()
    {
        Times.Forget();
        Volatile.Write(ref _isToBeAnnounced, 0);
        Volatile.Write(ref _fault, (int)Fault.None);
    }

    /// <summary>The fault of the answer that is about to be sent, when it is the first since the injection: that is the moment that counts for whoever
    /// measures how soon it is found.</summary>
    public bool TakeAnnouncement(out Fault fault)
    {
        fault = Fault;
        if (fault == Fault.None || Interlocked.Exchange(ref _isToBeAnnounced, 0) == 0) return false;
        // A machine boots once.
        if (fault == Fault.Reboot) Interlocked.CompareExchange(ref _fault, (int)Fault.None, (int)Fault.Reboot);
        return true;
    }
}
