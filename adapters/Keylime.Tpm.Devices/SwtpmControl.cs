using System.Buffers.Binary;
using System.Net.Sockets;

namespace Keylime.Tpm.Devices;

/// <summary>The control channel of an swtpm: the power switch of a software machine.</summary>
/// <remarks>swtpm_ioctls(3): a big-endian command number and its parameters, answered by a result that is 0 for success.</remarks>
public sealed class SwtpmControl(TctiName name)
{
    private const uint Init = 2;
    private const uint Shutdown = 3;

    /// <summary>Power off and on: PCRs are cleared, everything loaded is gone. The TPM waits for TPM2_Startup afterwards, which the
    /// transport sends when it is next used.</summary>
    public Task PowerCycleAsync(CancellationToken cancellation = default) => SendAsync([0, 0, 0, (byte)Init, 0, 0, 0, 0], cancellation);

    /// <summary>Stores the state and ends the process.</summary>
    public Task ShutdownAsync(CancellationToken cancellation = default) => SendAsync([0, 0, 0, (byte)Shutdown], cancellation);

    private async Task SendAsync(byte[] command, CancellationToken cancellation)
    {
        var endPoint = TpmTransport.EndPointOf(name, control: true);
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint, cancellation);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(command, cancellation);
            var result = new byte[sizeof(uint)];
            await stream.ReadExactlyAsync(result, cancellation);
            if (BinaryPrimitives.ReadUInt32BigEndian(result) is not 0 and var code)
                throw new TpmUnavailableException($"The control channel of {name} answered 0x{code:X}");
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            throw new TpmUnavailableException($"The control channel of {name} does not answer: {e.Message}", e);
        }
    }
}
