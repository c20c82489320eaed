using System.Text.Json;

namespace Keylime.Verifier.Tests;

/// <summary>Waits for conditions. The limit is there to end a test that cannot succeed; nothing is measured by it.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    public static async Task<T> AsyncOf<T>(Func<Task<T>> read, Func<T, bool> isSo)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var value = await read();
            if (isSo(value)) return value;
            if (TimeProvider.System.GetElapsedTime(start) > Limit) Assert.Fail($"Not so after {Limit}: {JsonSerializer.Serialize(value)}");
            await Task.Delay(20);
        }
    }

    public static Task True(Func<bool> isSo) => AsyncOf(() => Task.FromResult(isSo()), value => value);
}
