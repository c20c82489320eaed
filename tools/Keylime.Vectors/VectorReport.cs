using System.Globalization;
using System.Text;
using Keylime.Vectors.Judges;

namespace Keylime.Vectors;

/// <summary>A tree, judged: a line for each kind, each difference by name.</summary>
internal sealed class VectorReport
{
    private readonly SortedDictionary<string, List<Judgement>> _byKind = new(StringComparer.Ordinal);

    private VectorReport() { }

    public bool HasDifferences => _byKind.Values.Any(judgements => judgements.Exists(judgement => judgement.Outcome == Outcome.Different));

    public IEnumerable<Judgement> Of(string kind) => _byKind[kind];

    public static VectorReport Judge(VectorTree tree)
    {
        var report = new VectorReport();
        foreach (var file in tree.Files)
        {
            if (!report._byKind.TryGetValue(file.Kind, out var judgements)) report._byKind.Add(file.Kind, judgements = []);
            judgements.AddRange(JudgeFile(tree, file));
        }
        return report;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (kind, judgements) in _byKind)
        {
            text.Append(CultureInfo.InvariantCulture, $"{kind,-22} {Count(judgements, Outcome.Expected),6} expected {Count(judgements, Outcome.Different),5} different {Count(judgements, Outcome.Skipped),5} skipped");
            var reasons = judgements.Where(judgement => judgement.Outcome == Outcome.Skipped).GroupBy(judgement => judgement.Detail).Select(group => $"{group.Count()} {group.Key}");
            text.Append(string.Join("; ", reasons) is { Length: > 0 } skipped ? $" ({skipped})" : "").Append('\n');
            foreach (var judgement in judgements.Where(judgement => judgement.Outcome == Outcome.Different))
                text.Append(CultureInfo.InvariantCulture, $"  different: {judgement.Case}: {judgement.Detail}\n");
        }
        var all = _byKind.Values.SelectMany(judgements => judgements).ToList();
        return text.Append(CultureInfo.InvariantCulture,
            $"{"all",-22} {Count(all, Outcome.Expected),6} expected {Count(all, Outcome.Different),5} different {Count(all, Outcome.Skipped),5} skipped\n").ToString();
    }

    private static int Count(List<Judgement> judgements, Outcome outcome) => judgements.Count(judgement => judgement.Outcome == outcome);

    private static IEnumerable<Judgement> JudgeFile(VectorTree tree, VectorFile file) =>
        file.Fault is { } fault ? [new(Outcome.Different, file.Path, fault)]
        : VectorKinds.TryFind(file.Kind, out var judge) ? JudgedCases.Guarded(file.Path, () => judge(tree, file))
        : [Judgement.Skip(file.Path, "of a kind that is not known here")];
}

/// <summary>A vector is not as its format says.</summary>
internal sealed class VectorFormatException(string message) : Exception(message);
