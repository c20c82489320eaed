using System.Globalization;

namespace Keylime.Load.Fleet;

/// <summary>What a fleet is started with.</summary>
internal sealed record FleetSettings
{
    public required int Agents { get; init; }
    public required Uri Registrar { get; init; }
    /// <summary>Null: the agents are registered, and nobody is told to attest them.</summary>
    public Uri? Verifier { get; init; }
    public required string TlsDirectory { get; init; }
    public required TimeSpan Interval { get; init; }
    public required string Seed { get; init; }

    public IEnumerable<string> Arguments() =>
    [
        "--agents", Agents.ToString(CultureInfo.InvariantCulture), "--registrar", Text(Registrar),
        .. (IEnumerable<string>)(Verifier is null ? [] : ["--verifier", Text(Verifier)]),
        "--tls", TlsDirectory, "--interval", Interval.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        // The whole cluster goes in the end: nothing needs to be deleted from it.
        "--seed", Seed, "--port", "0", "--json", "--keep",
    ];

    private static string Text(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
