using Keylime.Agent.Quotes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keylime.Agent.Tests.Quotes;

public sealed class BootLogReaderTests
{
    [Fact]
    public void Reads_the_whole_log()
    {
        using var folder = new TemporaryFolder();
        var log = new byte[200_000];
        new Random(1).NextBytes(log);
        File.WriteAllBytes(folder.At("log"), log);
        using var file = new MeasurementLogFile(folder.At("log"));
        Assert.Equal(log, Reader(file).Read());
    }

    [Fact]
    public void Reads_files_that_say_they_are_empty()
    {
        // As those in securityfs do.
        using var file = new MeasurementLogFile("/proc/self/mountinfo");
        Assert.NotEmpty(Reader(file).Read()!);
    }

    [Fact]
    public void Sends_no_log_beyond_the_limit()
    {
        using var folder = new TemporaryFolder();
        using (var big = File.Create(folder.At("log"))) big.SetLength(BootLogReader.MaxBytes + 1);
        using var file = new MeasurementLogFile(folder.At("log"));
        Assert.Null(Reader(file).Read());
    }

    [Fact]
    public void A_folder_is_no_log()
    {
        using var folder = new TemporaryFolder();
        using var file = new MeasurementLogFile(folder.Path);
        Assert.Null(Reader(file).Read());
    }

    private static BootLogReader Reader(MeasurementLogFile file) => new(file, NullLogger<BootLogReader>.Instance);
}
