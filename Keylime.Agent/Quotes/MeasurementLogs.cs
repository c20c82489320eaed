using Keylime.Protocol.V2;

namespace Keylime.Agent.Quotes;

/// <summary>The two logs that go with a quote.</summary>
internal sealed partial class MeasurementLogs(ImaListReader ima, BootLogReader boot, ILogger<MeasurementLogs> logger)
{
    /// <summary>PCR 0 holds the firmware: who asks for it wants the firmware's log too.</summary>
    private const uint FirmwareMask = 1;

    /// <summary>Reads what goes with the quote; null for a log that this machine does not have, or that was not asked for. False when one is there and cannot be read: without
    /// it the quote would look forged.</summary>
    public bool TryRead(QuoteParameters parameters, out ImaListPart? imaPart, out byte[]? bootLog)
    {
        (imaPart, bootLog) = (null, null);
        try
        {
            bootLog = (parameters.Mask & FirmwareMask) != 0 ? boot.Read() : null;
            imaPart = parameters.FirstImaEntry is { } first ? ima.Read(first) : null;
            return true;
        }
        catch (IOException e)
        {
            LogUnreadable(e);
            return false;
        }
    }

    [LoggerMessage(EventIds.LogUnreadable, LogLevel.Error, "A measurement log cannot be read")]
    private partial void LogUnreadable(Exception cause);
}
