using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Resources;

/// <summary>Redis in memory only, with a password that stands in a private file and not on the command line.</summary>
internal sealed class RedisProcess(RedisResource redis, StateDirectory state) : IProcessDefinition
{
    public string Kind => "Redis";

    public async Task<ProcessSpec> DescribeAsync(CancellationToken cancellationToken)
    {
        var home = Path.Combine(state.RunDirectory, redis.Name);
        Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var configuration = Path.Combine(home, "redis.conf");
        await File.WriteAllTextAsync(configuration,
            $"""
            bind {redis.Endpoint.Host}
            port {redis.Endpoint.Port}
            requirepass {await redis.Password.GetValueAsync(cancellationToken)}
            save ""
            appendonly no

            """, cancellationToken);
        return new("redis-server", [configuration], new Dictionary<string, string>(), home);
    }

    public async Task<bool> IsServingAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(redis.Endpoint.Host, redis.Endpoint.Port, cancellationToken);
            await using var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"AUTH {await redis.Password.GetValueAsync(cancellationToken)}\r\nPING\r\n"), cancellationToken);
            using var answers = new StreamReader(stream, Encoding.ASCII);
            return await answers.ReadLineAsync(cancellationToken) == "+OK" && await answers.ReadLineAsync(cancellationToken) == "+PONG";
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
