namespace Fintech.Contracts;

/// <summary>Keys, fields and channels in Redis, each defined once.</summary>
public static class StreamNames
{
    /// <summary>One entry per committed batch: a doorbell for the dashboard, never a source of numbers.</summary>
    public const string Feed = "feed";

    /// <summary>Entry field of a transaction stream that holds the <see cref="TransactionEvent"/> as UTF-8 JSON.</summary>
    public const string PayloadField = "d";

    /// <summary>Entry field that holds the W3C <c>traceparent</c> of the span that added the entry; absent when it was not sampled.</summary>
    public const string TraceField = "t";

    /// <summary>Pub/Sub channel of existing producers. Lossy by nature: durability begins once a message is in a stream.</summary>
    public const string LegacyChannel = "financial_transactions";

    /// <summary>Key of the stream that carries partition <paramref name="partition"/>, for example <c>transactions:3</c>.</summary>
    public static string Transactions(int partition) => $"transactions:{partition}";
}
