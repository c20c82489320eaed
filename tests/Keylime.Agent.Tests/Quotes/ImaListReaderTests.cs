using Keylime.Agent.Quotes;

namespace Keylime.Agent.Tests.Quotes;

public sealed class ImaListReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MeasurementLogFile _file;
    private readonly ImaListReader _reader;

    public ImaListReaderTests()
    {
        File.WriteAllText(ListPath, "zero\none\ntwo\n");
        _file = new(ListPath);
        _reader = new(_file);
    }

    private string ListPath => _folder.At("list");

    [Theory]
    [InlineData(0, "zero\none\ntwo\n", 0)]
    [InlineData(1, "one\ntwo\n", 1)]
    [InlineData(2, "two\n", 2)]
    [InlineData(3, "", 3)]
    [InlineData(4, "zero\none\ntwo\n", 0)]
    [InlineData(long.MaxValue, "zero\none\ntwo\n", 0)]
    [InlineData(-1, "zero\none\ntwo\n", 0)]
    public void Reads_from_any_entry_and_says_from_which(long wanted, string text, long first) =>
        Assert.Equal(new ImaListPart(text, first), _reader.Read(wanted));

    [Fact]
    public void Sees_what_was_appended_between_two_readings()
    {
        Assert.Equal("", _reader.Read(3)!.Text);
        File.AppendAllText(ListPath, "three\nfour\n");
        Assert.Equal(new ImaListPart("three\nfour\n", 3), _reader.Read(3));
        Assert.Equal(new ImaListPart("four\n", 4), _reader.Read(4));
        Assert.Equal(new ImaListPart("", 5), _reader.Read(5));
        Assert.Equal(new ImaListPart("two\nthree\nfour\n", 2), _reader.Read(2));
    }

    [Fact]
    public void Leaves_out_a_last_line_without_its_newline_until_it_has_one()
    {
        File.AppendAllText(ListPath, "thr");
        Assert.Equal(new ImaListPart("zero\none\ntwo\n", 0), _reader.Read(0));
        Assert.Equal(new ImaListPart("", 3), _reader.Read(3));
        Assert.Equal(0, _reader.Read(4)!.FirstEntry);
        File.AppendAllText(ListPath, "ee\n");
        Assert.Equal(new ImaListPart("three\n", 3), _reader.Read(3));
    }

    [Fact]
    public void Starts_again_when_the_list_was_cut_off()
    {
        Assert.Equal(3, _reader.Read(3)!.FirstEntry);
        File.WriteAllText(ListPath, "new\n");
        Assert.Equal(new ImaListPart("new\n", 0), _reader.Read(3));
        Assert.Equal(new ImaListPart("", 1), _reader.Read(1));
    }

    [Fact]
    public void Does_not_mistake_a_replaced_list_of_the_same_length_for_the_old_one()
    {
        Assert.Equal(2, _reader.Read(2)!.FirstEntry);
        // The old entry 2 began at byte 9, in the middle of this list's entry 0.
        File.WriteAllText(_folder.At("other"), "another list\nx\ny\n");
        File.Move(_folder.At("other"), ListPath, overwrite: true);
        Assert.Equal(new ImaListPart("y\n", 2), _reader.Read(2));
    }

    [Fact]
    public void Continues_at_a_kept_place_without_looking_at_what_lies_before_it()
    {
        var long_ = new string('x', 4096);
        File.WriteAllText(ListPath, $"{long_}\n{long_}\nend\n");
        Assert.Equal("end\n", _reader.Read(2)!.Text);
        // A reader that went through the list again would now count one entry more.
        using (var file = new FileStream(ListPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.WriteByte((byte)'\n');
        Assert.Equal(new ImaListPart("end\n", 2), _reader.Read(2));
    }

    [Fact]
    public void Finds_entries_in_lists_and_lines_longer_than_its_buffer()
    {
        var lines = Enumerable.Range(0, 3000).Select(i => $"{i} {new string('x', i == 1500 ? 200_000 : 90)}\n").ToArray();
        File.WriteAllLines(ListPath, lines.Select(line => line.TrimEnd('\n')));
        foreach (var first in new[] { 2999, 0, 1500, 1501, 1499, 3000 })
        {
            var part = _reader.Read(first)!;
            Assert.Equal(first, part.FirstEntry);
            Assert.Equal(string.Concat(lines[first..]), part.Text);
        }
    }

    [Fact]
    public void Is_asked_by_more_peers_than_it_keeps_places_for()
    {
        File.WriteAllLines(ListPath, Enumerable.Range(0, 100).Select(i => $"entry {i}"));
        for (var i = 0; i < 100; i++) Assert.StartsWith($"entry {i}\n", _reader.Read(i)!.Text, StringComparison.Ordinal);
        for (var i = 99; i >= 0; i--) Assert.StartsWith($"entry {i}\n", _reader.Read(i)!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_does_not_exist_is_none_until_it_does()
    {
        using var file = new MeasurementLogFile(_folder.At("later"));
        var reader = new ImaListReader(file);
        Assert.False(file.WasThere);
        Assert.Null(reader.Read(0));
        File.WriteAllText(_folder.At("later"), "zero\n");
        Assert.Equal(new ImaListPart("zero\n", 0), reader.Read(0));
    }

    [Fact]
    public void A_list_that_may_no_longer_be_opened_is_read_through_the_first_handle()
    {
        // Root opens everything, so the name goes instead of the permission.
        File.Delete(ListPath);
        Assert.Equal(new ImaListPart("one\ntwo\n", 1), _reader.Read(1));
    }

    [Fact]
    public void An_empty_list_has_an_empty_text()
    {
        File.WriteAllText(ListPath, "");
        Assert.Equal(new ImaListPart("", 0), _reader.Read(0));
        Assert.Equal(new ImaListPart("", 0), _reader.Read(1));
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }
}
