using Keylime.Benchmarks;
using Keylime.Benchmarks.Fleet;
using Keylime.Benchmarks.Ima;
using Keylime.Benchmarks.MeasuredBoot;
using Keylime.Benchmarks.Policies;
using Keylime.Benchmarks.Quotes;

// One question per group. Each is measured beside its floor in the same run, for on a shared machine only ratios can be compared.
(string Name, Action<Report> Run)[] groups =
[
    ("quote", QuoteBenchmark.Run),
    ("ima", ImaBenchmark.Run),
    ("boot", BootLogBenchmark.Run),
    ("policy", PolicyBenchmark.Run),
    ("fleet", FleetBenchmark.Run),
];

var report = new Report(Console.Out);
var chosen = groups.Where(group => args.Length == 0 || args.Contains(group.Name)).ToList();
if (chosen.Count == 0 || args.Except(groups.Select(group => group.Name)).Any())
{
    Console.Error.WriteLine($"usage: Keylime.Benchmarks [{string.Join('|', groups.Select(group => group.Name))}]...");
    return 2;
}
report.Begin();
foreach (var group in chosen) group.Run(report);
return 0;
