using System.Security.Cryptography;
using Keylime.Tpm.Commands;

namespace Keylime.Tpm.Devices;

/// <summary>Some commands on one connection. Whatever they load is flushed at the end, however it ends: a TPM without a resource
/// manager has room for three objects, and nobody else flushes ours.</summary>
internal sealed class TpmBatch : IAsyncDisposable
{
    private const int MaxAttempts = 20;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly ITpmTransport _transport;
    private readonly TimeProvider _time;
    private readonly List<uint> _loaded = [];
    private ITpmConnection _connection;
    private bool _broken;
    private bool _tidied;

    private TpmBatch(ITpmTransport transport, ITpmConnection connection, TimeProvider time) =>
        (_transport, _connection, _time) = (transport, connection, time);

    public static async Task<TpmBatch> OpenAsync(ITpmTransport transport, TimeProvider time, CancellationToken cancellation) =>
        new(transport, await transport.OpenAsync(cancellation), time);

    /// <summary>Runs a command. Cancellation is heard between commands: one that is abandoned half-way could leave an object behind
    /// whose handle nobody knows.</summary>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmUnavailableException">The TPM did not answer, or not as a TPM does.</exception>
    public async Task<T> ExecuteAsync<T>(ITpmCommand<T> command, CancellationToken cancellation) where T : class
    {
        var bytes = command.ToBytes();
        for (var attempt = 1; ; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            var response = await SendAsync(bytes);
            if (!ResponseFrame.TryReadCode(response, out var code, out var error)) throw Malformed(command.Code, error);
            if (code.IsSuccess)
                return command.TryParseResponse(response, out var result, out error) ? result : throw Malformed(command.Code, error);
            if (code.IsTransient && attempt < MaxAttempts)
            {
                await Task.Delay(RetryPause, _time, cancellation);
                continue;
            }
            if (_tidied || code != TpmResponseCode.ObjectMemory && code != TpmResponseCode.SessionMemory || !_transport.IsExclusive)
                throw new TpmCommandException(command.Code, code);
            _tidied = true;
            await FlushOrphansAsync(cancellation);
        }
    }

    /// <summary>Starts a policy session.</summary>
    public async Task<uint> StartPolicyAsync(TpmAlgorithm hash, CancellationToken cancellation)
    {
        var started = await ExecuteAsync(new StartAuthSessionCommand(RandomNumberGenerator.GetBytes(16), hash), cancellation);
        return Track(started.Session);
    }

    /// <summary>Notes a handle that is to be flushed at the end.</summary>
    public uint Track(uint handle)
    {
        _loaded.Add(handle);
        return handle;
    }

    /// <summary>Flushes a handle before the end, to make room.</summary>
    public async Task FlushAsync(uint handle)
    {
        await ExecuteAsync(new FlushContextCommand(handle), CancellationToken.None);
        _loaded.Remove(handle);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_broken && _loaded.Count > 0) await ReconnectAsync();
            foreach (var handle in _loaded.ToArray().Reverse()) await TryFlushAsync(handle);
        }
        catch (TpmUnavailableException)
        {
            // The TPM is gone. What it may still hold is found as an orphan when room is short.
        }
        await _connection.DisposeAsync();
    }

    private async Task TryFlushAsync(uint handle)
    {
        try
        {
            await FlushAsync(handle);
        }
        catch (TpmCommandException)
        {
            // Gone already: the TPM was reset in between. The other handles have their own turn.
        }
    }

    private async Task<byte[]> SendAsync(byte[] command)
    {
        try
        {
            return await _connection.SendAsync(command, CancellationToken.None);
        }
        catch (TpmUnavailableException)
        {
            _broken = true;
            throw;
        }
    }

    private async Task ReconnectAsync()
    {
        await _connection.DisposeAsync();
        _connection = await _transport.OpenAsync(CancellationToken.None);
    }

    /// <summary>Unloads what a process left behind that died in the middle of a batch. We hold the only connection, so nobody can
    /// be using it.</summary>
    private async Task FlushOrphansAsync(CancellationToken cancellation)
    {
        foreach (var first in (uint[])[TpmHandle.FirstTransient, TpmHandle.FirstLoadedSession])
        {
            var found = await ExecuteAsync(new GetCapabilityCommand(TpmCapability.Handles, first, 64), cancellation);
            foreach (var (handle, _) in found.Values)
                if (!_loaded.Contains(handle)) await ExecuteAsync(new FlushContextCommand(handle), cancellation);
        }
    }

    private TpmUnavailableException Malformed(TpmCommandCode command, ParseError error)
    {
        _broken = true;
        return new($"The TPM's response to TPM2_{command} is malformed: {error}");
    }
}
