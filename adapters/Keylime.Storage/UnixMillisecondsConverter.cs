using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Keylime.Storage;

/// <summary>Times in SQLite, which has no type for them: an integer compares and sorts, the usual text does not across offsets.</summary>
internal sealed class UnixMillisecondsConverter() : ValueConverter<DateTimeOffset, long>(
    time => time.ToUnixTimeMilliseconds(), milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
