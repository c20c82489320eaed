using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Keylime.Attestation.Agents;
using Keylime.Attestation.Policies;

namespace Keylime.Verifier.Attestation;

/// <summary>Compiled policies by the hash of their text: ten thousand agents on one policy share one copy, which lives as long as an agent uses it.</summary>
internal sealed class PolicyLibrary(IPolicyStore store, AttestationOptions options) : IDisposable
{
    // A take-over of thousands of agents with policies of their own must leave connections to the API and to the flush.
    private readonly SemaphoreSlim _readers = new(4);
    private readonly Shelf<RuntimePolicy> _runtime = new();
    private readonly Shelf<MeasuredBootPolicy> _measuredBoot = new();

    /// <summary>The runtime policy of a row.</summary>
    /// <exception cref="PolicyUnusableException">The row is gone, or its text is no policy.</exception>
    public Task<RuntimePolicy> GetRuntimeAsync(string name, PolicyReference reference, CancellationToken ct) =>
        _runtime.GetAsync(reference.ContentHash, name, async () => Compile(await ReadAsync(PolicyKind.Runtime, name, ct)), ct);

    /// <summary>The measured-boot policy of a row; null when it has no text.</summary>
    /// <exception cref="PolicyUnusableException">The row is gone, or its text is no policy.</exception>
    public async Task<MeasuredBootPolicy?> FindMeasuredBootAsync(string name, PolicyReference reference, CancellationToken ct) =>
        reference.ContentHash.Length == 0 ? throw new PolicyUnusableException($"{PolicyKind.MeasuredBoot} policy {name} is gone")
        : reference.IsSet
            ? await _measuredBoot.GetAsync(reference.ContentHash, name, async () => Parse(await ReadAsync(PolicyKind.MeasuredBoot, name, ct)), ct)
            : null;

    public void Dispose() => _readers.Dispose();

    private async Task<StoredPolicy> ReadAsync(PolicyKind kind, string name, CancellationToken ct)
    {
        await _readers.WaitAsync(ct);
        try
        {
            return await store.FindAsync(kind, name, ct) ?? throw new PolicyUnusableException($"{kind} policy {name} is gone");
        }
        finally
        {
            _readers.Release();
        }
    }

    // Signatures were checked when the text was uploaded, as far as this cluster asks for any.
    private static (string, RuntimePolicy) Compile(StoredPolicy stored)
    {
        ReadOnlyMemory<byte> utf8 = Encoding.UTF8.GetBytes(stored.Text ?? "");
        if (DsseEnvelope.IsEnvelope(utf8.Span) && DsseEnvelope.TryParse(utf8, out var envelope, out _)) utf8 = envelope.Payload;
        return RuntimePolicy.TryCompile(utf8.Span, out var policy, out var fault)
            ? (stored.ContentHash, policy)
            : throw new PolicyUnusableException($"Runtime policy {stored.Name}: {fault}");
    }

    private (string, MeasuredBootPolicy) Parse(StoredPolicy stored) =>
        MeasuredBootPolicy.TryParse(stored.Text ?? "", options.MeasuredBootEngine, out var policy, out var fault)
            ? (stored.ContentHash, policy)
            : throw new PolicyUnusableException($"Measured-boot policy {stored.Name}: {fault}");

    /// <summary>One kind of policies. Those who want the same row at the same time wait for one reading. Rows of the same hash are read apart: while
    /// one is read it may get another text, which is not the other's.</summary>
    private sealed class Shelf<T> where T : class
    {
        private readonly ConcurrentDictionary<string, WeakReference<T>> _known = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<(string Hash, string Name), Lazy<Task<T>>> _reading = new();

        public async Task<T> GetAsync(string hash, string name, Func<Task<(string Hash, T Policy)>> read, CancellationToken ct)
        {
            if (TryGet(hash, out var policy)) return policy;
            var reading = _reading.GetOrAdd((hash, name), _ => new(() => ReadAsync(read)));
            try
            {
                return await reading.Value.WaitAsync(ct);
            }
            finally
            {
                _reading.TryRemove(KeyValuePair.Create((hash, name), reading));
            }
        }

        private bool TryGet(string hash, [NotNullWhen(true)] out T? policy)
        {
            policy = null;
            return _known.TryGetValue(hash, out var reference) && reference.TryGetTarget(out policy);
        }

        private async Task<T> ReadAsync(Func<Task<(string Hash, T Policy)>> read)
        {
            // The row may hold a newer text than the one that was asked for: then that is the right one, under its own hash.
            var (hash, policy) = await read();
            foreach (var (dead, reference) in _known)
                if (!reference.TryGetTarget(out _)) _known.TryRemove(KeyValuePair.Create(dead, reference));
            _known[hash] = new(policy);
            return policy;
        }
    }
}

/// <summary>A stored policy cannot be used; whoever is judged by it cannot pass.</summary>
internal sealed class PolicyUnusableException(string message) : Exception(message);
