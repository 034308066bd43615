using System.Text.RegularExpressions;

namespace Fintech.Contracts;

/// <summary>One thing an event must fulfil.</summary>
/// <param name="Field">As it is called on the wire; the name of the check in the quarantine.</param>
/// <param name="Fault">Completes the sentence that begins with the field.</param>
/// <param name="Passes">Given the event and the time now.</param>
public sealed record EventCheck(string Field, string Fault, Func<TransactionEvent, DateTimeOffset, bool> Passes)
{
    public string Sentence => $"The field {Field} {Fault}.";
}

/// <summary>What an event must fulfil to become a fact, in the order asked: by whoever takes it in, and again by the worker.</summary>
public static partial class EventChecks
{
    /// <summary>The bounds of <c>numeric(14,2)</c>.</summary>
    public const decimal LargestAmount = 999_999_999_999.99m;

    /// <summary>The field whose check the aliases of erased customers are exempt from.</summary>
    public const string CustomerId = "customer_id";

    public static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly TimeSpan FurthestAhead = TimeSpan.FromDays(1);

    /// <returns>The first check that the event fails; null where it passes all of them.</returns>
    public static EventCheck? FirstFailed(TransactionEvent message, DateTimeOffset now) =>
        Texts.FirstOrDefault(check => !check.Passes(message, now)) ?? Values.FirstOrDefault(check => !check.Passes(message, now));

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,31}\z")]
    public static partial Regex SourceName();

    /// <summary>The form of an ISO 4217 code.</summary>
    [GeneratedRegex(@"\A[A-Z]{3}\z")]
    public static partial Regex CurrencyCode();

    /// <summary>An event whose texts fail may hold anything in them, so it is sealed.</summary>
    public static readonly IReadOnlyList<EventCheck> Texts =
    [
        new("transaction_id", "is empty, longer than 128 characters or has control characters",
            (e, _) => IsText(e.TransactionId, 128)),
        new("merchant_name", "is empty, longer than 255 characters or has control characters",
            (e, _) => IsText(e.MerchantName.Trim(), 255)),
        new("type", "is neither purchase, refund nor reversal", (e, _) => e.Type is null or "purchase" or "refund" or "reversal"),
        new("currency", "is not three capital letters", (e, _) => e.Currency is null || IsCurrency(e.Currency)),
        new("terminal_id", "is longer than 64 characters or has control characters",
            (e, _) => string.IsNullOrWhiteSpace(e.TerminalId) || IsText(e.TerminalId, 64)),
        new("source", "is not up to 32 of a-z, 0-9, _ and -, beginning with a letter or digit",
            (e, _) => e.Source is null || SourceName().IsMatch(e.Source)),
    ];

    /// <summary>An event whose values fail is kept readable: its texts are sound by then.</summary>
    public static readonly IReadOnlyList<EventCheck> Values =
    [
        new(CustomerId, "is negative", (e, _) => e.CustomerId >= 0),
        new("amount", "has more than two decimals", (e, _) => decimal.Round(e.Amount, 2) == e.Amount),
        new("amount", "does not fit into 12 digits before the point", (e, _) => Math.Abs(e.Amount) <= LargestAmount),
        new("amount", "of a purchase is not above zero", (e, _) => e.Amount > 0 || e.Type is "refund" or "reversal"),
        new("timestamp", "is before the year 2000", (e, _) => e.Timestamp >= Earliest),
        new("timestamp", "is more than a day ahead", (e, now) => e.Timestamp <= now + FurthestAhead),
    ];

    private static bool IsText(string text, int longest)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > longest)
            return false;

        foreach (var character in text)
        {
            if (char.IsControl(character))
                return false;
        }

        return true;
    }

    /// <summary>As <see cref="CurrencyCode"/>, which every event would have to start anew.</summary>
    private static bool IsCurrency(string text) => text is [>= 'A' and <= 'Z', >= 'A' and <= 'Z', >= 'A' and <= 'Z'];
}
