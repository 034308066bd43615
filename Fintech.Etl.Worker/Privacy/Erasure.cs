using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>What an erasure found and changed. Nothing in it tells who it was.</summary>
internal sealed record ErasureReceipt
{
    /// <summary>Of the tombstone, by which the receipt is found again: hexadecimal.</summary>
    public required string Subject { get; init; }

    /// <summary>When the person was erased before this; null at the first time.</summary>
    public DateTime? ErasedBefore { get; init; }

    public long AuditId { get; init; }
    public long Versions { get; init; }
    public long FactsKept { get; init; }
    public long AlertsKept { get; init; }

    /// <summary>JSON in which the id was replaced: rows of the quarantine, entries of the audit, and whatever else holds one.</summary>
    public long Documents { get; init; }
    public long Samples { get; init; }

    /// <summary>Comments on the person's alerts, and reasons of snoozes.</summary>
    public long Texts { get; init; }

    /// <summary>Rows of the quarantine whose encrypted content named the person and is gone.</summary>
    public long SealedRows { get; init; }

    /// <summary>Encrypted rows that could be about anybody, and mention the number: for somebody to look at.</summary>
    public IReadOnlyList<long> SealedRowsToLookAt { get; init; } = [];
    public long SealedRowsUnreadable { get; init; }

    public bool ChangedAnything => Versions + Documents + Samples + Texts + SealedRows > 0;

    public JsonObject ToJson() => new()
    {
        ["versions"] = Versions,
        ["facts_kept"] = FactsKept,
        ["alerts_kept"] = AlertsKept,
        ["documents"] = Documents,
        ["samples"] = Samples,
        ["texts"] = Texts,
        ["sealed_rows"] = SealedRows,
        ["sealed_rows_to_look_at"] = new JsonArray([.. SealedRowsToLookAt.Select(id => JsonValue.Create(id))]),
        ["sealed_rows_unreadable"] = SealedRowsUnreadable,
        ["again"] = ErasedBefore is not null,
    };
}

/// <summary>
/// Takes a person out of the warehouse in one transaction: attributes and hashes go from every version, the id is replaced by a random
/// number everywhere, a keyed tombstone keeps passes and streams from bringing it back. Facts keep their members, so sums stay.
/// </summary>
internal sealed class Erasure(NpgsqlDataSource warehouse, PiiKeyRing keys, IOptions<BatchOptions> options)
{
    public const string Command = "erase-customer";
    private const int SealedAtATime = 1_000;

    /// <summary>Below every id that a source of 32-bit ids can have, and exact in JavaScript, which dashboards compute in.</summary>
    private const long HighestAlias = -(1L << 33);
    private const long LowestAlias = -(1L << 53) + 1;

    /// <summary>Of the range that aliases are taken from; no event may bring one along.</summary>
    public static bool IsAlias(long customerId) => customerId is >= LowestAlias and <= HighestAlias;

    /// <param name="customerId">As the source knows the person.</param>
    /// <param name="rehearse">Everything is done and rolled back.</param>
    /// <exception cref="BatchBusyException">A pass holds the warehouse.</exception>
    /// <exception cref="BatchException">It failed, and nothing was changed.</exception>
    public async Task<ErasureReceipt> RunAsync(long customerId, bool rehearse, string actor, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
            await using var held = await PassLock.AcquireAsync(connection, cancellationToken);
            await keys.FormerInUseAsync(connection, cancellationToken);     // Refused under a key that is no longer the newest.
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var receipt = await EraseAsync(connection, customerId, cancellationToken);
            if (rehearse || (receipt.ErasedBefore is not null && !receipt.ChangedAnything))
                return receipt;     // Rolled back where the transaction is disposed.

            var runId = await CommandRun.OpenAsync(connection, Command, options.Value.SourceSystem, cancellationToken);
            receipt = receipt with { AuditId = await CommandRun.AuditAsync(connection, actor, Command, receipt.Subject, receipt.ToJson(), cancellationToken) };
            await CommandRun.CloseAsync(connection, runId, receipt.Versions, null, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return receipt;
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            throw BatchException.While("erasing a customer", e);
        }
    }

    private async Task<ErasureReceipt> EraseAsync(NpgsqlConnection connection, long customerId, CancellationToken cancellationToken)
    {
        await RefuseAliasAsync(connection, customerId, cancellationToken);
        var subject = keys.Current.HashSubject(customerId);
        var receipt = new ErasureReceipt { Subject = Convert.ToHexStringLower(subject) };
        var emails = await EmailHashesAsync(connection, customerId, cancellationToken);
        long alias;
        await using (var erase = new NpgsqlCommand(Sql.Read("Privacy/Sql/erase_customer.sql"), connection))
        {
            erase.Parameters.Add(new("customer_id", customerId));
            erase.Parameters.Add(new("subject_hash", subject));
            erase.Parameters.Add(new("new_alias", NewAlias()));
            erase.Parameters.Add(new("checks", Checks.OfCustomers.Select(check => check.Name).ToArray()));
            await using var reader = await erase.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            receipt = receipt with
            {
                ErasedBefore = await reader.IsDBNullAsync(1, cancellationToken) ? null : reader.GetDateTime(1),
                Versions = reader.GetInt64(2),
                Samples = reader.GetInt64(3),
                FactsKept = reader.GetInt64(4),
                AlertsKept = reader.GetInt64(5),
            };
            alias = reader.GetInt64(0);
        }

        receipt = receipt with { Texts = await EraseTextsAsync(connection, customerId, alias, cancellationToken) };
        await ScoringErasure.EraseAsync(connection, customerId, alias, cancellationToken);
        receipt = receipt with { Documents = await PersonalJson.ReplaceAsync(connection, customerId, alias, cancellationToken) };
        return await EraseSealedAsync(connection, new SealedSearch(customerId, emails, keys), receipt, cancellationToken);
    }

    /// <summary>Whoever goes by one number already must not get another: passes would bring them back under the first.</summary>
    private static async Task RefuseAliasAsync(NpgsqlConnection connection, long customerId, CancellationToken cancellationToken)
    {
        await using var look = new NpgsqlCommand("select exists (select from etl.erased_subject where alias = $1)", connection);
        look.Parameters.Add(new() { Value = customerId });
        if (await look.ExecuteScalarAsync(cancellationToken) is true)
            throw new BatchException($"{customerId} is no customer of the source: it is the number that stands for somebody who was erased.");
    }

    private static async Task<long> EraseTextsAsync(NpgsqlConnection connection, long customerId, long alias, CancellationToken cancellationToken)
    {
        await using var erase = new NpgsqlCommand(Sql.Read("Privacy/Sql/erase_texts.sql"), connection);
        erase.Parameters.Add(new("customer_id", customerId));
        erase.Parameters.Add(new("alias", alias));
        erase.Parameters.Add(new("mask", Mask.Hidden));
        return (long)(await erase.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<ErasureReceipt> EraseSealedAsync(
        NpgsqlConnection connection, SealedSearch search, ErasureReceipt receipt, CancellationToken cancellationToken)
    {
        var (after, erased, unreadable, perhaps) = (0L, 0L, 0L, new List<long>());
        while (await SealedRow.ReadAsync(connection, after, SealedAtATime, exceptVersion: 0, cancellationToken) is { Count: > 0 } rows)
        {
            foreach (var row in rows)
            {
                after = row.RejectedId;
                switch (row.TryUnseal(keys) is { } plain ? search.Look(plain) : (Mention?)null)
                {
                    case null:
                        unreadable++;
                        break;
                    case Mention.Yes:
                        await SealedRow.ReplaceAsync(connection, row.RejectedId, keys.Current.Seal("erased"u8), discard: true, cancellationToken);
                        erased++;
                        break;
                    case Mention.Perhaps:
                        perhaps.Add(row.RejectedId);
                        break;
                }
            }
        }

        return receipt with { SealedRows = erased, SealedRowsToLookAt = perhaps, SealedRowsUnreadable = unreadable };
    }

    /// <summary>Of all versions, before they are emptied: hexadecimal.</summary>
    private static async Task<HashSet<string>> EmailHashesAsync(NpgsqlConnection connection, long customerId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select distinct email_hash from dw.dim_customer where customer_id = $1 and email_hash is not null", connection);
        command.Parameters.Add(new() { Value = customerId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var hashes = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            hashes.Add(Convert.ToHexString((byte[])reader[0]));
        return hashes;
    }

    private static long NewAlias()
    {
        var random = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        return LowestAlias + (long)(random % (ulong)(HighestAlias - LowestAlias));
    }
}
