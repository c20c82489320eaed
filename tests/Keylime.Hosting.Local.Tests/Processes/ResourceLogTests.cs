using Aspire.Hosting.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.Tests.Processes;

public sealed class ResourceLogTests
{
    [Fact]
    public void A_full_disk_costs_the_file_its_lines_and_ends_nothing()
    {
        using (var log = new ResourceLog("/dev/full", "talker", NullLoggerFactory.Instance))
        {
            log.Write("one");
            log.Write("two");
            Assert.Equal("one\ntwo", log.LastLines);
        }
    }
}
