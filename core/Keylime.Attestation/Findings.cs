namespace Keylime.Attestation;

/// <summary>The checks that make up an appraisal.</summary>
[Flags]
internal enum Checks
{
    None = 0,
    Algorithms = 1 << 0,
    Quote = 1 << 1,
    Clock = 1 << 2,
    PayloadKey = 1 << 3,
    Ima = 1 << 4,
    MeasuredBoot = 1 << 5,
    PcrPolicy = 1 << 6,
    All = Algorithms | Quote | Clock | PayloadKey | Ima | MeasuredBoot | PcrPolicy,
}

/// <summary>What the checks of one appraisal found. Trust takes all of them, each recorded as made, and no failure: a check that is forgotten rejects.</summary>
internal sealed class Findings
{
    /// <summary>A hostile list can fail a hundred thousand times; what is kept is bounded.</summary>
    private const int MaxKept = 32;

    private readonly List<AttestationFailure> _failures = [];
    private Checks _made;

    public IReadOnlyList<AttestationFailure> Failures => _failures;

    public int FailureCount { get; private set; }

    public bool AllowTrust => _made == Checks.All && FailureCount == 0;

    public void Made(Checks check) => _made |= check;

    public void Fail(AttestationFailure failure)
    {
        FailureCount++;
        if (FailureCount <= MaxKept) _failures.Add(failure);
    }
}
