using System.Diagnostics;
using Fintech.Contracts;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>What makes two events the same transaction.</summary>
internal readonly record struct TransactionKey(string TransactionId, string SourceSystem);

/// <summary>
/// What an event with the same key must repeat to be a duplicate; with anything else it is a conflict. The terminal is not part
/// of it: a ledger read by the batch path does not know it.
/// </summary>
/// <param name="CustomerId">Null only in a row the batch path loaded without one.</param>
/// <param name="OccurredAt">UTC, in whole microseconds as the warehouse keeps it.</param>
internal readonly record struct TransactionContent(
    long? CustomerId, string MerchantName, string Type, DateTime OccurredAt, decimal Amount, string Currency);

/// <summary>An event that fulfils the contract, as it will be stored.</summary>
/// <param name="Fingerprint">Of the payload, byte for byte: half of its SHA-256.</param>
/// <param name="Event">As it came, for the quarantine.</param>
/// <param name="Parent">The producer's span, where the event carries one that is sampled.</param>
internal sealed record IncomingTransaction(
    EntryId Entry,
    TransactionKey Key,
    TransactionContent Content,
    string? TerminalId,
    DateTime ReceivedAt,
    UInt128 Fingerprint,
    TransactionEvent Event,
    ActivityContext? Parent)
{
    public long CustomerId => Event.CustomerId;
}

/// <summary>An entry that must not become a fact. Exactly one of payload and sealed is given.</summary>
/// <param name="Check">The field at fault, <c>malformed</c> or <c>conflict</c>.</param>
/// <param name="Amount">Null where there is none to count.</param>
/// <param name="Payload">JSON, of fields known to hold no personal data.</param>
/// <param name="Sealed">Encrypted, since what could not be read could not be pseudonymised.</param>
internal sealed record RejectedEntry(
    string SourceSystem,
    string RecordKey,
    string Check,
    string Reason,
    decimal? Amount,
    string? Payload,
    byte[]? Sealed,
    byte[] ContentHash);
