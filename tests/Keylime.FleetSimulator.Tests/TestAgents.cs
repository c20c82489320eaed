using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.FleetSimulator.Agents;
using Keylime.FleetSimulator.Machines;
using Keylime.FleetSimulator.Measurements;
using Keylime.FleetSimulator.Payload;

namespace Keylime.FleetSimulator.Tests;

/// <summary>Agents that nobody connects to.</summary>
internal static class TestAgents
{
    public static AgentPopulation Idle(int count)
    {
        var seed = new FleetSeed("idle");
        var payloadKeys = PayloadKeys.For(1);
        var profile = new MachineProfile(new SoftwareImage(new byte[32]), BootState.WithoutLog, 1, 0);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = new CertificateRequest("CN=idle", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
        return new([.. Enumerable.Range(0, count).Select(number =>
        {
            var id = seed.IdOf(number);
            var machine = new SimulatedMachine(TpmKeys.Elliptic(seed, id), payloadKeys[0], profile, _ => 0, TimeProvider.System);
            return new SimulatedAgent(number, id, IPAddress.Parse($"127.90.0.{number + 1}"), machine, certificate, new(() => throw new InvalidOperationException("Nobody connects.")));
        })]);
    }
}
