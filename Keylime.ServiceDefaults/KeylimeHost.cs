using System.Net.Sockets;
using Keylime.ServiceDefaults.CommandLine;
using Keylime.ServiceDefaults.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Keylime.ServiceDefaults;

/// <summary>Runs a program so that what the operator can mend is said in one line, and only what we must mend comes with a stack trace.</summary>
public static class KeylimeHost
{
    /// <summary>EX_USAGE of sysexits.h: the command line has a word that the program does not know.</summary>
    public const int Usage = 64;

    /// <summary>EX_CONFIG of sysexits.h: a bad configuration. Restarting does not help.</summary>
    public const int BadConfiguration = 78;

    /// <summary>EX_UNAVAILABLE: an address is taken.</summary>
    public const int AddressTaken = 69;

    /// <summary>Composes the application and runs it until it is told to stop.</summary>
    public static Task<int> RunAsync(ProgramDescription program, string[] arguments, Func<WebApplication> compose) => RunAsync(program, arguments, async () =>
    {
        await using var app = compose();
        await app.RunAsync();
        return 0;
    });

    /// <summary>Runs a program that is more than one web application.</summary>
    public static async Task<int> RunAsync(ProgramDescription program, string[] arguments, Func<Task<int>> run)
    {
        if (ServiceCommandLine.Answer(program, arguments, Console.Out, Console.Error) is { } exitCode) return exitCode;
        try
        {
            return await run();
        }
        catch (ConfigurationException e)
        {
            return Say(program, e.Message, BadConfiguration);
        }
        catch (OptionsValidationException e)
        {
            return Say(program, string.Join("; ", e.Failures), BadConfiguration);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            return Say(program, e.Message, AddressTaken);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AccessDenied)
        {
            return Say(program, $"cannot listen: {e.Message}", AddressTaken);
        }
    }

    private static int Say(ProgramDescription program, string message, int exitCode)
    {
        Console.Error.WriteLine($"{program.Name}: {message}");
        return exitCode;
    }
}
