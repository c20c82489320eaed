using System.Text.RegularExpressions;

namespace Keylime.Tenant.Evidence;

/// <summary>Turns what cannot be read into one line and exit code 2: a verdict (0 or 6) is only ever about evidence that was judged.</summary>
internal static class EvidenceErrors
{
    public static async Task<int> ReportAsync(TextWriter error, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception e) when (IsOfInput(e))
        {
            error.WriteLine($"ERROR: {e.Message}");
            return ExitCodes.Usage;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("ERROR: interrupted");
            return ExitCodes.Interrupted;
        }
        // As with a line of a batch: it is no verdict, and no stack trace either.
        catch (Exception e)
        {
            error.WriteLine($"ERROR: a defect of this program, please report it: {e.GetType().Name}: {e.Message}");
            return ExitCodes.Usage;
        }
    }

    /// <summary>A pattern that takes too long is the input's fault as well.</summary>
    public static bool IsOfInput(Exception e) => e is UserErrorException or IOException or UnauthorizedAccessException or RegexMatchTimeoutException;
}
