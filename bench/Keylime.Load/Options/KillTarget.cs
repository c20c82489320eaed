namespace Keylime.Load.Options;

/// <summary>What a run kills, by the words of <c>--kill</c>.</summary>
internal enum KillTarget
{
    Verifier,
    Redis,
    Postgres,
    Gateway,
}
