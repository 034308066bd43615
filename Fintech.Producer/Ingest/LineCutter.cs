using System.Buffers;
using System.Text.Json;

namespace Fintech.Producer.Ingest;

/// <summary>One object a line. Empty lines are passed over and not counted; a broken one leaves the next as it is.</summary>
internal sealed class LineCutter : IItemCutter
{
    public bool TryTake(ref ReadOnlySequence<byte> rest, bool isLast, out Item item)
    {
        while (TryTakeLine(ref rest, isLast, out var line))
        {
            if (Items.IsBlank(line))
                continue;

            item = Read(line);
            return true;
        }

        item = default;
        return false;
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, bool isLast, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }

        line = rest;
        if (!isLast || rest.IsEmpty)
            return false;

        rest = rest.Slice(rest.End);
        return true;
    }

    private static Item Read(ReadOnlySequence<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return Item.Of(document.RootElement);
        }
        catch (JsonException)
        {
            return new(null, "is not JSON.");
        }
    }
}
