using System.Net;
using Keylime.FleetSimulator.Machines;
using Keylime.Protocol;

namespace Keylime.FleetSimulator;

/// <summary>The command line, checked.</summary>
internal sealed record FleetOptions
{
    /// <summary>Empty: the agents are not registered.</summary>
    public required IReadOnlyList<Uri> Registrars { get; init; }
    /// <summary>Empty: the agents are not enrolled.</summary>
    public required IReadOnlyList<Uri> Verifiers { get; init; }
    /// <summary>Folder with <c>cacert.crt</c> and, for enrollment, <c>client-cert.crt</c> and <c>client-private.pem</c>.</summary>
    public required string TlsFolder { get; init; }
    public required IReadOnlyList<AgentId> Ids { get; init; }
    public required FleetSeed Seed { get; init; }
    public required IPAddress FirstAddress { get; init; }
    /// <summary>0 takes a free one.</summary>
    public required int Port { get; init; }
    /// <summary>The verifiers' quote interval, which deadlines are judged by.</summary>
    public required TimeSpan Interval { get; init; }
    public required KeyKind Keys { get; init; }
    /// <summary>Whether the machines have a boot log, and are enrolled with a measured-boot policy.</summary>
    public required bool BootLog { get; init; }
    public required int ImaEntries { get; init; }
    public required double ImaRate { get; init; }
    public required TimeSpan Slowness { get; init; }
    /// <summary>Leave agents and policy with the verifiers at the end.</summary>
    public required bool Keep { get; init; }
}

/// <summary>Kinds of TPM keys.</summary>
internal enum KeyKind
{
    /// <summary>EK and AK on P-256.</summary>
    Ecdsa,
    /// <summary>EK and AK with 2048 bits, RSASSA.</summary>
    Rsa,
}
