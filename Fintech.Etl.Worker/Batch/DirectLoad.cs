using System.Runtime.CompilerServices;
using Fintech.Etl.Worker.Batch.Copy;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Into an empty fact table: its key and index are dropped, the facts copied straight into it as the source is read, and key and
/// index built after. What does not go there (rejected rows, findings, sums) gathers at the side, bounded, and is written
/// whenever the COPY pauses.
/// </summary>
internal sealed class DirectLoad(NpgsqlConnection connection, PassContext pass, Transform transform, MemberKeys members) : FactLoad
{
    private const int MostGathered = 20_000;

    private readonly Repeats repeats = new();
    private readonly MinuteSums sums = new();
    private readonly RecentPurchases recent = new();
    private readonly List<(StagedTransaction Row, byte[] ContentHash)> rejected = [];
    private readonly List<(Check Check, long Id)> findings = [];
    private readonly MemberedRow[] chunk = new MemberedRow[ChunkWriter<TransactionRow>.Rows];
    private readonly byte[] purchase = Text(pass.Options.SourceSystem, Transform.Purchase);
    private CopyWriter? facts;

    public override string Name => "direct";

    /// <param name="customerKeys">Of every customer, where they are at hand.</param>
    /// <returns>Null where the fact table is in use, or not empty: then it is not for this load.</returns>
    public static async Task<DirectLoad?> TryBeginAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, PassContext pass, Transform transform, long rows, CustomerKeys? customerKeys,
        CancellationToken cancellationToken)
    {
        if (rows < pass.Options.DirectLoadRows || !await EmptyTable.TryTakeAsync(connection, transaction, pass, "direct_facts", cancellationToken))
            return null;

        var members = new MemberKeys(connection, customerKeys);
        await members.LoadAsync(cancellationToken);
        return new DirectLoad(connection, pass, transform, members);
    }

    public override async Task AddAsync(ArraySegment<TransactionRow> rows, CancellationToken cancellationToken)
    {
        var (kept, known) = Sort(rows);
        if (!known || rejected.Count >= MostGathered || findings.Count >= MostGathered || sums.IsFull)
        {
            await PauseAsync(cancellationToken);
            // To make room, members of this very chunk may have been forgotten.
            while (!known && !FindMembers(kept))
                await members.InferAsync(cancellationToken);
        }

        facts ??= await BeginCopyAsync(cancellationToken);
        for (var next = 0; next < kept;)
        {
            next = Write(facts, next, kept);
            await facts.FlushAsync(cancellationToken);
        }
    }

    public override async Task CompleteAsync(PassBooks books, CancellationToken cancellationToken)
    {
        await PauseAsync(cancellationToken);
        await BatchSql.ExecuteAsync(connection, "direct_facts_keys", pass, cancellationToken);
        if (await CountAsync(books, cancellationToken) > 0)
            await BatchSql.ExecuteAsync(connection, "orphans", pass, cancellationToken);
        books.Enter(repeats.Known, (page, tally) => page with { Known = tally });
        await RejectAsync(connection, pass, books, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "quarantine", pass, cancellationToken);
        if (!sums.WereFlushed)
            await sums.FillAsync(connection, members.Categories, cancellationToken);
        await AggregateAsync(connection, pass, sums.WereFlushed ? "fill_aggregates" : "key_aggregates", books, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "mark_history", pass, cancellationToken);
    }

    public override Task SettleAsync(CancellationToken cancellationToken) => SettleAsync(connection, pass, "settle_direct", cancellationToken);

    /// <summary>Enters what was loaded, from the facts as they are, in the one look at them that also finds those without members.</summary>
    private async Task<long> CountAsync(PassBooks books, CancellationToken cancellationToken)
    {
        await using var count = BatchSql.Command(connection, "direct_facts_count", pass);
        await using var reader = await count.ExecuteReaderAsync(cancellationToken);
        var orphans = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            var tally = new Tally(reader.GetInt64(1), reader.GetDecimal(2));
            books.Enter(reader.GetString(0), page => page with { Loaded = tally });
            orphans += reader.GetInt64(3);
        }

        return orphans;
    }

    public override async ValueTask DisposeAsync()
    {
        if (facts is not null)
            await facts.DisposeAsync();
    }

    /// <summary>Sets aside what is rejected.</summary>
    /// <returns>How many are kept, in <see cref="chunk"/>, and whether all their members are known.</returns>
    [MethodImpl(Hot.Path)]
    private (int Kept, bool Known) Sort(ArraySegment<TransactionRow> rows)
    {
        var (kept, known) = (0, true);
        foreach (ref readonly var row in rows.AsSpan())
        {
            if (repeats.Judge(row, transform.Transaction(row)) is not { } staged)
                continue;
            if (staged.Failed is not null)
            {
                rejected.Add((staged, transform.ContentHash(row)));
                continue;
            }

            ref var entry = ref chunk[kept++];
            entry.Row = staged;
            known &= members.TryGet(staged, out entry.Customer, out entry.Merchant);
        }

        return (kept, known);
    }

    /// <summary>Once more, after those who were unknown have become inferred members.</summary>
    /// <returns>Whether all of them are known.</returns>
    private bool FindMembers(int kept)
    {
        var known = true;
        foreach (ref var entry in chunk.AsSpan(0, kept))
            known &= members.TryGet(entry.Row, out entry.Customer, out entry.Merchant);
        return known;
    }

    /// <returns>The first that was not written, since enough has gathered to be sent.</returns>
    [MethodImpl(Hot.Path)]
    private int Write(CopyWriter facts, int next, int kept)
    {
        while (next < kept && !facts.IsFull)
            Write(facts, ref chunk[next++]);
        return next;
    }

    [MethodImpl(Hot.Path)]
    private void Write(CopyWriter facts, ref MemberedRow entry)
    {
        ref readonly var row = ref entry.Row;
        var (customer, merchant) = (entry.Customer, entry.Merchant);
        var (occurredAt, amount) = (row.OccurredAt!.Value, row.Amount!.Value);

        facts.Row(12);
        facts.Text(row.TransactionId);
        facts.Raw(row.Type == Transform.Purchase ? purchase : Text(pass.Options.SourceSystem, row.Type));
        facts.Bigint(customer.Key);
        facts.Bigint(merchant.Key);
        facts.Integer(row.DateKey!.Value);
        facts.Timestamp(occurredAt);
        facts.Timestamp(pass.StartedAt);
        facts.Amount(amount);
        facts.Text(row.Currency);
        facts.TextOrNull(row.TerminalId);
        facts.Bigint(pass.RunId);

        sums.Add(occurredAt, merchant.Category, row.Currency, amount);
        Find(row, customer, merchant, occurredAt, amount);
    }

    [MethodImpl(Hot.Path)]
    private void Find(in StagedTransaction row, CustomerKey customer, MerchantKey merchant, DateTime occurredAt, decimal amount)
    {
        if (customer.Key == 0)
            findings.Add((Checks.MissingCustomer, row.TransactionId));
        else if (customer.IsInferred)
            findings.Add((Checks.UnknownCustomer, row.TransactionId));
        if (merchant.Key == 0)
            findings.Add((Checks.MissingMerchant, row.TransactionId));
        else if (merchant.IsInferred)
            findings.Add((Checks.UnknownMerchant, row.TransactionId));
        if (row.Type == Transform.Purchase && recent.Seen(customer.Key, merchant.Key, occurredAt, amount, row.Currency))
            findings.Add((Checks.EqualPurchase, row.TransactionId));
    }

    private async Task<CopyWriter> BeginCopyAsync(CancellationToken cancellationToken)
    {
        var stream = await connection.BeginRawBinaryCopyAsync("""
            copy dw.fact_transactions (transaction_id, source_system, type, customer_key, merchant_key, date_key, occurred_at, received_at,
                                       amount, currency, terminal_id, load_id) from stdin (format binary)
            """, cancellationToken);
        stream.WriteTimeout = BatchSql.TimeoutSeconds * 1_000;
        return new CopyWriter(stream);
    }

    /// <summary>Ends the COPY, since the connection is needed: for members to infer and for what has gathered.</summary>
    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (facts is not null)
        {
            await facts.CompleteAsync(cancellationToken);
            facts = null;
        }

        if (sums.IsFull || sums.WereFlushed)
            await sums.FlushAsync(connection, members.Categories, cancellationToken);
        await members.InferAsync(cancellationToken);
        await FlushRejectedAsync(cancellationToken);
        await Findings.WriteAsync(connection, findings, cancellationToken);
        findings.Clear();
    }

    private async Task FlushRejectedAsync(CancellationToken cancellationToken)
    {
        if (rejected.Count == 0)
            return;
        await using var stage = await TransactionStage.BeginAsync(connection, cancellationToken);
        foreach (var (row, contentHash) in rejected)
            await stage.AddAsync(row, contentHash, cancellationToken);
        await stage.CompleteAsync(cancellationToken);
        rejected.Clear();
    }

    /// <summary>Two fields that are the same in every row, as they are on the wire.</summary>
    private static byte[] Text(string first, string second) => [.. Field(first), .. Field(second)];

    private struct MemberedRow
    {
        public StagedTransaction Row;
        public CustomerKey Customer;
        public MerchantKey Merchant;
    }

    private static byte[] Field(string text)
    {
        var utf8 = System.Text.Encoding.UTF8.GetBytes(text);
        var field = new byte[sizeof(int) + utf8.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(field, utf8.Length);
        utf8.CopyTo(field, sizeof(int));
        return field;
    }
}
