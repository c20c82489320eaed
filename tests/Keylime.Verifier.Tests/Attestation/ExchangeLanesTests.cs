using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Tests.Attestation;

public sealed class ExchangeLanesTests
{
    [Theory]
    [InlineData(nameof(Lane.New))]
    [InlineData(nameof(Lane.Suspect))]
    public async Task A_full_lane_keeps_its_own_waiting_and_nobody_else(string name)
    {
        var full = Enum.Parse<Lane>(name);
        using var lanes = new ExchangeLanes();
        var waiting = default(Task);
        while (waiting is null)
        {
            var entering = lanes.EnterAsync(full, CancellationToken.None);
            if (!entering.IsCompleted) waiting = entering;
        }

        Assert.Equal(1, lanes.Waiting);
        foreach (var other in Enum.GetValues<Lane>().Except([full])) Assert.True(lanes.EnterAsync(other, CancellationToken.None).IsCompletedSuccessfully);
        lanes.Leave(full);
        await waiting;
        Assert.Equal(0, lanes.Waiting);
    }

    [Fact]
    public async Task Who_is_called_off_waits_no_more()
    {
        using var lanes = new ExchangeLanes();
        using var stop = new CancellationTokenSource();
        Task entering;
        do entering = lanes.EnterAsync(Lane.New, stop.Token);
        while (entering.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => entering);
        Assert.Equal(0, lanes.Waiting);
    }
}
