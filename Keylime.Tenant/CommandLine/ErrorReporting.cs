using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Tenant.CommandLine;

/// <summary>Says errors in one line, and nothing of our inside.</summary>
internal static class ErrorReporting
{
    public static async Task<int> RunAsync(TextWriter error, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception e) when (e is UserErrorException or ConfigurationException)
        {
            error.WriteLine($"ERROR: {e.Message}");
            return ExitCodes.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"ERROR: {e.Message}"); // a file that the command line names
            return ExitCodes.Failed;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("ERROR: interrupted");
            return ExitCodes.Interrupted;
        }
        // Servers and agents can answer with anything, a registrar even by whoever stands before it. What nobody thought of is still one line and an exit code that scripts know.
        catch (Exception e)
        {
            error.WriteLine($"ERROR: a defect of this program, please report it: {e.GetType().Name}: {e.Message}");
            return ExitCodes.Failed;
        }
    }
}
