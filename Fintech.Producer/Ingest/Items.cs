using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Fintech.Contracts;

namespace Fintech.Producer.Ingest;

/// <summary>A transaction of a request, or what is wrong with it.</summary>
internal readonly record struct Item(TransactionEvent? Event, string? Fault);

/// <summary>Reads the transactions of a body one by one, as they arrive; a bad one does not hide those after it, as far as these can be told apart.</summary>
internal static class Items
{
    private const string NoJson = "is not JSON.";
    private const string BrokenOff = "is not JSON, so nothing from here on could be read.";
    private const int LongestLine = 64 << 10;

    /// <summary>One object, or an array of them.</summary>
    public static async IAsyncEnumerable<Item> ReadJsonAsync(PipeReader body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isArray = await FirstByteAsync(body, cancellationToken) == (byte)'[';
        await using var elements = JsonSerializer
            .DeserializeAsyncEnumerable(body, IngestJson.Default.JsonElement, topLevelValues: !isArray, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);

        while (true)
        {
            Item item;
            try
            {
                if (!await elements.MoveNextAsync())
                    yield break;
                item = ItemOf(elements.Current);
            }
            catch (JsonException)
            {
                item = new(null, BrokenOff);
            }

            yield return item;
            if (item.Fault == BrokenOff)
                yield break;
        }
    }

    /// <summary>One object a line; empty lines are passed over and not counted.</summary>
    public static async IAsyncEnumerable<Item> ReadLinesAsync(PipeReader body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (TryTakeLine(ref rest, read.IsCompleted, out var line))
            {
                if (ItemOf(line) is { } item)
                    yield return item;
            }

            body.AdvanceTo(rest.Start, rest.End);
            if (rest.Length > LongestLine)
            {
                yield return new(null, $"is a line longer than {LongestLine} bytes, so nothing from here on could be read.");
                yield break;
            }

            if (read.IsCompleted)
                yield break;
        }
    }

    private static async Task<byte?> FirstByteAsync(PipeReader body, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            foreach (var memory in read.Buffer)
            {
                var at = memory.Span.IndexOfAnyExcept(" \t\r\n"u8);
                if (at < 0)
                    continue;

                var first = memory.Span[at];
                body.AdvanceTo(read.Buffer.Start);
                return first;
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                return null;
        }
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, bool isLast, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }

        line = isLast ? rest : default;
        if (isLast)
            rest = rest.Slice(rest.End);
        return !line.IsEmpty;
    }

    private static Item? ItemOf(ReadOnlySequence<byte> line)
    {
        if (IsBlank(line))
            return null;

        try
        {
            using var document = JsonDocument.Parse(line);
            return ItemOf(document.RootElement);
        }
        catch (JsonException)
        {
            return new(null, NoJson);
        }
    }

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var memory in line)
        {
            if (memory.Span.ContainsAnyExcept(" \t\r"u8))
                return false;
        }

        return true;
    }

    private static Item ItemOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return new(null, "is not a JSON object.");

        try
        {
            return new(element.Deserialize(ContractsJson.Default.TransactionEvent), null);
        }
        catch (JsonException exception)
        {
            return new(null, FaultOf(element, exception));
        }
    }

    private static string FaultOf(JsonElement element, JsonException exception)
    {
        var fields = ContractsJson.Default.TransactionEvent.Properties;
        var missing = fields.Where(field => field.IsRequired && !element.TryGetProperty(field.Name, out _)).Select(field => field.Name).ToList();
        if (missing.Count > 0)
            return $"lacks {string.Join(", ", missing)}.";

        // Path is $.amount where the field has a wrong type, and may hold the client's own words where it is none of ours.
        var wrong = fields.FirstOrDefault(field => exception.Path == $"$.{field.Name}");
        return wrong is null ? "is not a transaction." : $"The field {wrong.Name} has a wrong type or value.";
    }
}
