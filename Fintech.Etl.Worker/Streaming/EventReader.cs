using System.Buffers.Binary;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Fintech.Contracts;
using Fintech.Etl.Worker.Privacy;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>Turns stream entries into transactions fit for the warehouse, or into rejections that say what is wrong with them.</summary>
internal sealed class EventReader(PiiKey key, IOptions<StreamOptions> options, TimeProvider clock)
{
    /// <summary>
    /// Most bytes that are kept of an entry that cannot be read: what a producer wrote by mistake is recognised by far less, and a
    /// batch of megabytes would not fit into one statement, so that its partition could never get past it.
    /// </summary>
    public const int LongestSealed = 64 * 1024;

    private const string Malformed = "malformed";

    /// <summary>By how much the clock of Redis may be ahead of ours.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);

    private readonly EventParser parser = new();

    private volatile ErasedSubjects erased = ErasedSubjects.None;

    /// <summary>Whom events are kept from naming. A batch commits only while nobody was erased since.</summary>
    public long ErasedGeneration => erased.Generation;

    /// <returns>Whether somebody was erased since the last look.</returns>
    public async Task<bool> RefreshErasedAsync(NpgsqlDataSource warehouse, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        var (before, now) = (erased, await ErasedSubjects.LoadAsync(connection, key, cancellationToken));
        if (now.Generation <= before.Generation)
            return false;
        erased = now;
        return true;
    }

    /// <returns>True where the entry is a transaction, false where it is rejected.</returns>
    public bool TryRead(
        StreamEntry entry, [NotNullWhen(true)] out IncomingTransaction? transaction, [NotNullWhen(false)] out RejectedEntry? rejected)
    {
        transaction = null;
        rejected = null;
        var field = entry[StreamNames.PayloadField];
        if (field.IsNull)
        {
            rejected = Seal(entry, Malformed, $"The entry has no field '{StreamNames.PayloadField}'.", null, AllFields(entry));
            return false;
        }

        var payload = ((ReadOnlyMemory<byte>)field).Span;
        if (!parser.TryParse(payload, out var message, out var fault))
        {
            rejected = Seal(entry, Malformed, fault, null, payload);
            return false;
        }

        var now = clock.GetUtcNow();
        if (Failed(EventChecks.Texts, message, now) is { } textCheck)
        {
            rejected = Seal(entry, textCheck.Field, textCheck.Sentence, Countable(message.Amount), payload);
            return false;
        }

        // Asked of what came: the alias that stands for an erased customer from here on is no number that anybody may send.
        var valueCheck = Failed(EventChecks.Values, message, now);
        if (erased.AliasOf(message.CustomerId) is var alias && alias != message.CustomerId)
            message = message with { CustomerId = alias };
        if (valueCheck is not null)
        {
            rejected = Reject(message, valueCheck.Field, valueCheck.Sentence);
            return false;
        }

        var id = EntryId.Of(entry);
        transaction = new IncomingTransaction(
            id,
            KeyOf(message),
            new TransactionContent(
                message.CustomerId,
                message.MerchantName.Trim(),
                message.Type ?? "purchase",
                WholeMicroseconds(message.Timestamp),
                decimal.Round(message.Amount, 2) + 0.00m,    // The sum gives every amount its two decimals: 5 is kept as 5.00.
                message.Currency ?? options.Value.Currency),
            string.IsNullOrWhiteSpace(message.TerminalId) ? null : message.TerminalId,
            ArrivalOf(id, now),
            FingerprintOf(payload),
            message,
            ParentOf(entry));
        return true;
    }

    /// <summary>A rejection of an event whose texts are sound. Sent again, it is the same rejection.</summary>
    public RejectedEntry Reject(TransactionEvent message, string check, string reason)
    {
        var json = JsonSerializer.Serialize(message, ContractsJson.Default.TransactionEvent);
        var (transactionId, sourceSystem) = KeyOf(message);
        return new(sourceSystem, transactionId, check, reason, Countable(message.Amount), json, null, key.HashRow(json));
    }

    private RejectedEntry Seal(StreamEntry entry, string check, string reason, decimal? amount, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > LongestSealed)
        {
            reason = string.Create(CultureInfo.InvariantCulture, $"{reason} Of its {payload.Length} bytes the first {LongestSealed} are kept.");
            payload = payload[..LongestSealed];
        }

        return new(
            options.Value.SourceSystem, (string)entry.Id!, check, reason, amount, null, key.Seal(payload), key.HashRow(Convert.ToBase64String(payload)));
    }

    private TransactionKey KeyOf(TransactionEvent message) => new(message.TransactionId, message.Source ?? options.Value.SourceSystem);

    private static EventCheck? Failed(IReadOnlyList<EventCheck> checks, TransactionEvent message, DateTimeOffset now)
    {
        foreach (var check in checks)
        {
            if (!check.Passes(message, now))
                return check;
        }

        return null;
    }

    /// <summary>The amount as far as the books can hold it: to the cent, within their digits.</summary>
    private static decimal? Countable(decimal amount) =>
        Math.Abs(amount) <= EventChecks.LargestAmount && decimal.Round(amount, 2) == amount ? amount : null;

    /// <summary>
    /// The server's clock, from the entry's id. A producer may have chosen an id of its own that is no time at all, or one to come: live windows
    /// go by arrival, and must not be filled ahead.
    /// </summary>
    private static DateTime ArrivalOf(EntryId id, DateTimeOffset now)
    {
        var milliseconds = id.Milliseconds;
        var earliest = (ulong)EventChecks.Earliest.ToUnixTimeMilliseconds();
        var latest = (ulong)(now + ClockSkew).ToUnixTimeMilliseconds();
        return milliseconds >= earliest && milliseconds <= latest
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds).UtcDateTime
            : WholeMicroseconds(now);
    }

    private static DateTime WholeMicroseconds(DateTimeOffset moment) =>
        new(moment.UtcTicks - moment.UtcTicks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);

    private static UInt128 FingerprintOf(ReadOnlySpan<byte> payload)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(payload, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private static ActivityContext? ParentOf(StreamEntry entry) =>
        ActivityContext.TryParse((string?)entry[StreamNames.TraceField], null, isRemote: true, out var parent)
        && parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
            ? parent
            : null;

    /// <summary>All there is of an entry without payload: a line <c>name=value</c> for each field.</summary>
    private static byte[] AllFields(StreamEntry entry) =>
        [.. entry.Values.SelectMany(field => (byte[])[.. (byte[]?)field.Name ?? [], .. "="u8, .. (byte[]?)field.Value ?? [], .. "\n"u8])];
}
