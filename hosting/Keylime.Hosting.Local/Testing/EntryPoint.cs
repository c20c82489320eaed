using System.Reflection;

namespace Aspire.Hosting.Testing;

/// <summary>Runs an AppHost's real entry point up to <c>Build</c>, so that tests get the builder that Program.cs has filled.</summary>
internal static class EntryPoint
{
    // Flows into whatever the entry point calls, and nowhere else: tests that run side by side do not see each other.
    private static readonly AsyncLocal<TestedEntryPoint?> Current = new();

    public static DistributedApplicationBuilder Run(Assembly appHost, string[] args, IReadOnlyDictionary<string, string?> defaults)
    {
        var tested = new TestedEntryPoint(appHost, defaults);
        Current.Value = tested;
        try
        {
            var main = appHost.EntryPoint ?? throw new InvalidOperationException($"The assembly '{appHost.GetName().Name}' has no entry point.");
            main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, main.GetParameters().Length == 0 ? null : [args], null);
        }
        catch (StoppedAtBuildException)
        {
            return tested.Builder!;
        }
        finally
        {
            Current.Value = null;
        }

        throw new InvalidOperationException($"The entry point of '{appHost.GetName().Name}' ended without a call of Build.");
    }

    public static DistributedApplicationBuilder? CreateTestedBuilder(string[] args) =>
        Current.Value is { } tested ? tested.Builder = new(args, tested.AppHost, tested.Defaults) : null;

    public static void StopIfTested(DistributedApplicationBuilder builder)
    {
        if (Current.Value?.Builder == builder)
            throw new StoppedAtBuildException();
    }

    private sealed class TestedEntryPoint(Assembly appHost, IReadOnlyDictionary<string, string?> defaults)
    {
        public Assembly AppHost => appHost;
        public IReadOnlyDictionary<string, string?> Defaults => defaults;
        public DistributedApplicationBuilder? Builder { get; set; }
    }

#pragma warning disable CA1064 // Never leaves this class.
    private sealed class StoppedAtBuildException : Exception;
#pragma warning restore CA1064
}
