using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.FleetSimulator.Machines;
using Keylime.FleetSimulator.Measurements;
using Keylime.FleetSimulator.Payload;
using Keylime.Protocol;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.FleetSimulator.Agents;

/// <summary>Makes the agents of a fleet, on all processors.</summary>
internal sealed class AgentFactory(FleetOptions options, MachineProfile profile, CertificateTrust clients, TimeProvider time)
{
    public AgentPopulation Create()
    {
        var count = options.Ids.Count;
        var payloadKeys = PayloadKeys.For(count);
        var rsa = options.Keys == KeyKind.Rsa ? RsaKeys.For(2 * count) : null;
        var agents = new SimulatedAgent[count];
        Parallel.For(0, count, number => agents[number] = Create(number, options.Ids[number], rsa, payloadKeys[number]));
        return new(agents);
    }

    private SimulatedAgent Create(int number, AgentId id, RsaKeys? rsa, PayloadKey payloadKey)
    {
        var keys = rsa is null ? TpmKeys.Elliptic(options.Seed, id) : TpmKeys.Rsa(rsa.PrivateOf(2 * number), rsa.PrivateOf(2 * number + 1));
        var machine = new SimulatedMachine(keys, payloadKey, profile, boot => options.Seed.NumberOf(id, $"boot {boot}", SoftwareImage.FileCount), time);
        var address = AgentPopulation.AddressAt(options.FirstAddress, number);
        using var tlsKey = ECDsa.Create(options.Seed.P256KeyOf(id, "TLS"));
        var certificate = SelfSignedCertificate.Create(tlsKey, id.Value, address.ToString(), time.GetUtcNow());
        // Prepared at the first handshake, not at the start.
        return new(number, id, address, machine, certificate, new(() => new ServerTls(TlsIdentity.From(certificate), clients, ClientCertificates.Mandatory).ToOptions()));
    }
}
