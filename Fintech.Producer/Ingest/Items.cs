using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Fintech.Contracts;

namespace Fintech.Producer.Ingest;

/// <summary>A transaction of a request, or what is wrong with it.</summary>
/// <param name="IsLast">Whether what follows cannot be told apart.</param>
internal readonly record struct Item(TransactionEvent? Event, string? Fault, bool IsLast = false)
{
    public static Item Of(JsonElement element)
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

/// <summary>Takes items off the front of what has arrived.</summary>
internal interface IItemCutter
{
    /// <param name="rest">What is left of the body so far; cut where an item is taken.</param>
    /// <param name="isLast">Whether the body ends with it.</param>
    bool TryTake(ref ReadOnlySequence<byte> rest, bool isLast, out Item item);
}

/// <summary>Reads the transactions of a body one by one, as they arrive; a bad one does not hide those after it, as far as these can be told apart.</summary>
internal static class Items
{
    /// <summary>A transaction has some 200 bytes. What is incomplete beyond this is not waited for.</summary>
    private const int Longest = 64 << 10;

    private static readonly Item TooLong = new(null, $"is longer than {Longest} bytes; nothing from here on was read.", IsLast: true);

    public static async IAsyncEnumerable<Item> ReadAsync(PipeReader body, IItemCutter cutter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            var before = rest.Length;
            while (cutter.TryTake(ref rest, read.IsCompleted, out var item))
            {
                // By its own length, not by how much of it came at a time: the same body always has the same answer.
                if (before - rest.Length > Longest)
                    item = TooLong;
                yield return item;
                if (item.IsLast)
                    yield break;
                before = rest.Length;
            }

            body.AdvanceTo(rest.Start, rest.End);
            if (before > Longest)
                yield return TooLong;
            if (before > Longest || read.IsCompleted)
                yield break;
        }
    }

    public static bool IsBlank(ReadOnlySequence<byte> bytes)
    {
        foreach (var memory in bytes)
        {
            if (memory.Span.ContainsAnyExcept(" \t\r\n"u8))
                return false;
        }

        return true;
    }
}
