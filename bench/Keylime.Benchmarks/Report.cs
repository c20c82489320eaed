using System.Globalization;
using static System.FormattableString;

namespace Keylime.Benchmarks;

/// <summary>Prints the rows of bench/README.md's table.</summary>
internal sealed class Report(TextWriter output)
{
    public void Begin()
    {
        output.WriteLine("| what | time per operation | floor | ratio | bytes allocated |");
        output.WriteLine("|---|---|---|---|---|");
    }

    /// <summary>One line: a measurement beside its floor.</summary>
    public void Add(string what, Measurement measured, Measurement floor) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {what} | {Show(measured.Nanoseconds)} | {Show(floor.Nanoseconds)} | {measured.Nanoseconds / floor.Nanoseconds:0.00} | {(double.IsNaN(measured.AllocatedBytes) ? "-" : Invariant($"{measured.AllocatedBytes:0}"))} |"));

    private static string Show(double nanoseconds) => nanoseconds switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:0} ns"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1_000:0.0} us"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1_000_000:0.0} ms"),
    };
}
