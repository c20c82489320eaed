using Spectre.Console;
using Spectre.Console.Rendering;

namespace Keylime.AppHost.Status;

/// <summary>What a row has in a column.</summary>
internal readonly record struct Cell(string Text, Style? Style = null, bool IsNumber = false);

/// <summary>A table whose lines can be counted before they are shown. Columns are as wide as their widest cell and never broken: an address stays one word.
/// A row's note follows its last cell, or stands below the row where the line is too short for both.</summary>
internal sealed class LineTable(params string[] headings)
{
    private const string Gap = "  ";
    private const int MaxNoteLines = 2;

    private readonly List<(Cell[] Cells, string Note)> _rows = [];

    public void Add(string note, params Cell[] cells) => _rows.Add((cells, note));

    /// <summary>Lines that the whole table takes.</summary>
    public int CountLines(int width) => Draw(width, int.MaxValue).Count;

    /// <summary>The table in at most so many lines: rows that do not fit are counted in the last one.</summary>
    public IReadOnlyList<SegmentLine> Draw(int width, int height)
    {
        if (_rows.Count == 0) return [];
        var widths = headings.Select((heading, column) => _rows.Select(row => row.Cells[column].Text.GetCellWidth()).Append(heading.GetCellWidth()).Max()).ToArray();
        var rows = _rows.Select(row => DrawRow(row.Cells, row.Note, widths, width)).ToList();
        var lines = new List<SegmentLine> { DrawCells([.. headings.Select((heading, column) => new Cell(heading, new(decoration: Decoration.Underline), _rows[0].Cells[column].IsNumber))], widths) };
        // One line is for the count of what does not fit.
        var limit = lines.Count + rows.Sum(row => row.Count) <= height ? height : height - 1;
        var shown = 0;
        while (shown < rows.Count && lines.Count + rows[shown].Count <= limit) lines.AddRange(rows[shown++]);
        if (shown < rows.Count) lines.Add([new($"... and {rows.Count - shown} more", new(Color.Grey))]);
        return lines;
    }

    private static List<SegmentLine> DrawRow(Cell[] cells, string note, int[] widths, int width)
    {
        var line = DrawCells(cells, widths);
        if (note.Length == 0) return [line];
        if (line.CellCount() + Gap.Length + note.GetCellWidth() <= width)
        {
            line.AddRange([new(Gap), new(note)]);
            return [line];
        }
        var room = Math.Max(1, width - Gap.Length);
        var parts = Segment.SplitOverflow(new(note), Overflow.Fold, room);
        if (parts.Count > MaxNoteLines)
            parts = [.. parts[..(MaxNoteLines - 1)], .. Segment.SplitOverflow(new(parts[MaxNoteLines - 1].Text + parts[MaxNoteLines].Text), Overflow.Ellipsis, room)];
        return [line, .. parts.Select(part => new SegmentLine([new Segment(Gap), part]))];
    }

    private static SegmentLine DrawCells(Cell[] cells, int[] widths)
    {
        var line = new SegmentLine();
        for (var column = 0; column < cells.Length; column++)
        {
            var (text, style, isNumber) = cells[column];
            var padding = new Segment(new string(' ', widths[column] - text.GetCellWidth()));
            if (column > 0) line.Add(new(Gap));
            var cell = new Segment(text, style ?? Style.Plain);
            line.AddRange(isNumber ? [padding, cell] : [cell, padding]);
        }
        return line;
    }
}
