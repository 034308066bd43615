using System.Globalization;
using Fintech.Etl.Worker.Extract;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Which customers a pass reads: everybody, or whoever any of these names.</summary>
/// <param name="Blocks">All who are in one of them.</param>
/// <param name="Ids">These.</param>
/// <param name="UpdatedSince">Who was updated since.</param>
internal sealed record CustomerChoice(IReadOnlyList<int> Blocks, IReadOnlyList<long> Ids, DateTime? UpdatedSince)
{
    public static readonly CustomerChoice Everybody = new([], [], null) { IsEverybody = true };

    public bool IsEverybody { get; private init; }

    public bool IsNobody => this is { IsEverybody: false, Blocks.Count: 0, Ids.Count: 0, UpdatedSince: null };
}

/// <summary>
/// Which customers have to be read at all. The source is asked for a digest of each block of customers, and only blocks whose digest
/// is not that of the last time are read. Blocks are made by a hash of the id: their number is the same however many customers there
/// are, and however their ids are spread. Where the extract tells when a row was updated, a pass goes by that, and compares blocks only every
/// <c>Etl:AuditInterval</c>: an update whose transaction stayed open for longer than the overlap is found then. Between, members whom
/// streams inferred are asked for by their ids: a merge may have met one in the moment in which it came to be.
/// </summary>
internal sealed class CustomerBlocks(NpgsqlConnection warehouse, PassContext pass)
{
    /// <summary>A power of two: the block of an id is a mask of its hash.</summary>
    public const int Count = 4_096;

    /// <summary>Inferred members asked for in one pass, the newest; the source may never know any of them.</summary>
    private const int MostInferred = 10_000;

    /// <summary>Stands for what all customers are made with: another key or policy, and everybody is read anew.</summary>
    private const int Settings = -1;

    private readonly Dictionary<int, byte[]> changed = [];
    private readonly List<int> vanished = [];
    private Dictionary<int, byte[]> known = [];
    private DateTime? comparedAt;
    private bool tellsUpdates;
    private bool compares;
    private bool isDigested;

    /// <summary>Customers whose digests were compared.</summary>
    public long Compared { get; private set; }

    /// <param name="readAt">When the source was read before.</param>
    public async Task<CustomerChoice> ChooseAsync(SourceSnapshot snapshot, DateTime? readAt, CancellationToken cancellationToken)
    {
        await RecallAsync(cancellationToken);
        var isFirst = known.Count == 0;
        var all = IsChanged(Settings, "") || pass.Request.Full;
        tellsUpdates = snapshot.Contract.Customers.Has(ExtractColumn.UpdatedAt);
        compares = !tellsUpdates || all || IsDue();
        if (isFirst)
            return CustomerChoice.Everybody;    // There is nothing to compare with: the digests can wait.

        if (compares)
            await DigestAsync(snapshot, cancellationToken);
        if (all || changed.Count >= Count || (tellsUpdates && readAt is null))
            return CustomerChoice.Everybody;

        int[] blocks = [.. changed.Keys.Where(block => block != Settings).Order()];
        return tellsUpdates
            ? new CustomerChoice(blocks, await InferredAsync(cancellationToken), readAt)
            : new CustomerChoice(blocks, [], null);
    }

    /// <summary>Asks for the digests, where they are compared and nobody has yet: they are of the same snapshot whenever that is.</summary>
    public async Task DigestAsync(SourceSnapshot snapshot, CancellationToken cancellationToken)
    {
        if (!compares || isDigested)
            return;

        isDigested = true;
        await foreach (var (block, customers, digest) in snapshot.CustomerDigestsAsync(cancellationToken))
        {
            Compared += customers;
            IsChanged(block, string.Create(CultureInfo.InvariantCulture, $"{customers}/{digest}"));
        }

        vanished.AddRange(known.Keys);
    }

    /// <summary>Once they are merged. A customer whom a stream inferred meanwhile stays inferred until its block is read again.</summary>
    public async Task RememberAsync(CancellationToken cancellationToken)
    {
        if (changed.Count > 0 || vanished.Count > 0)
        {
            await using var remember = BatchSql.Command(warehouse, "remember_blocks", pass);
            remember.Parameters.Add(new("blocks", NpgsqlDbType.Array | NpgsqlDbType.Integer) { Value = changed.Keys.ToArray() });
            remember.Parameters.Add(new("digests", NpgsqlDbType.Array | NpgsqlDbType.Bytea) { Value = changed.Values.ToArray() });
            remember.Parameters.Add(new("vanished", NpgsqlDbType.Array | NpgsqlDbType.Integer) { Value = vanished.ToArray() });
            remember.Parameters.Add(new("all_blocks", Count));
            await remember.ExecuteNonQueryAsync(cancellationToken);
        }

        if (!isDigested || !tellsUpdates)
            return;     // Where every pass compares, nobody asks when the last one did.

        await using var compared = BatchSql.CommandOf(warehouse, """
            update etl.source_digest set compared_at = @started_at where source_system = @source_system and entity = 'customers' and block = @settings
            """, pass);
        compared.Parameters.Add(new("settings", Settings));
        await compared.ExecuteNonQueryAsync(cancellationToken);
    }

    private bool IsDue() => pass.Options.AuditInterval > TimeSpan.Zero && !(comparedAt > pass.StartedAt - pass.Options.AuditInterval);

    /// <summary>Takes the block off those known, and notes it where it differs.</summary>
    private bool IsChanged(int block, string contents)
    {
        // Keyed: what a block of one customer hashes to would otherwise tell who is in it.
        var seal = pass.Key.HashRow(string.Create(CultureInfo.InvariantCulture, $"{block}/{contents}/{pass.Key.Version}/{pass.Privacy.Policy.Code}"));
        if (known.Remove(block, out var before) && seal.AsSpan().SequenceEqual(before))
            return false;
        changed[block] = seal;
        return true;
    }

    private async Task RecallAsync(CancellationToken cancellationToken)
    {
        await using var command = BatchSql.CommandOf(
            warehouse, "select block, digest, compared_at from etl.source_digest where source_system = @source_system and entity = 'customers'", pass);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            known[reader.GetInt32(0)] = (byte[])reader[1];
            comparedAt ??= reader.IsDBNull(2) ? null : reader.GetDateTime(2);
        }
    }

    private async Task<IReadOnlyList<long>> InferredAsync(CancellationToken cancellationToken)
    {
        await using var command = BatchSql.CommandOf(warehouse, """
            select customer_id from dw.dim_customer where is_current and is_inferred and customer_key <> 0 order by customer_key desc limit @most
            """, pass);
        command.Parameters.Add(new("most", MostInferred));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var ids = new List<long>();
        while (await reader.ReadAsync(cancellationToken))
            ids.Add(reader.GetInt64(0));
        return ids;
    }
}
