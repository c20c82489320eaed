using Keylime.Load.Running;

namespace Keylime.Load.Progress;

/// <summary>Whoever watches a run.</summary>
internal interface IProgressDisplay : IAsyncDisposable
{
    /// <summary>What the run does now.</summary>
    void Phase(string text);

    void Show(ProgressFigures figures);

    /// <summary>Something that happened.</summary>
    void Line(string text);
}

/// <summary>The last second of a measurement.</summary>
internal sealed record ProgressFigures(Sample Sample, TimeSpan Duration, double PerSecond, double? VerifierCpuMs, long VerifiersKiB, int Injected);
