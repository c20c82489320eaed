using System.CommandLine;

namespace Keylime.Tenant.Evidence;

/// <summary>A verb that judges or makes evidence from files, without a server. What it is given is in its command's options; what it cannot read it says by a
/// <see cref="UserErrorException"/>.</summary>
internal sealed record EvidenceVerb(Command Command, Func<ParseResult, CancellationToken, Task<EvidenceResult>> RunAsync)
{
    public EvidenceVerb(Command command, Func<ParseResult, EvidenceResult> run) : this(command, (arguments, _) => Task.FromResult(run(arguments))) { }
}
