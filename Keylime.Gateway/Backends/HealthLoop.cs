namespace Keylime.Gateway.Backends;

/// <summary>Asks every back end for its version, which is public, again and again: who answers is up.</summary>
internal sealed class HealthLoop(IReadOnlyList<BackendPool> pools, HttpMessageInvoker upstream, TimeSpan interval, TimeSpan timeout, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        do await Task.WhenAll(pools.SelectMany(pool => pool.Backends.Select(backend => CheckAsync(pool, backend, stoppingToken))));
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task CheckAsync(BackendPool pool, Backend backend, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(backend.Address, "/version"));
            using var response = await upstream.SendAsync(request, deadline.Token);
            // A verifier of the push model answers 410.
            pool.Report(backend, (int)response.StatusCode < 500);
        }
        // Whatever it is: the handler does not wrap every exception of a socket, and what one back end does must not end the gateway of all.
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            pool.Report(backend, answered: false);
        }
    }
}
