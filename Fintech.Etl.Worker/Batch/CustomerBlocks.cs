using System.Globalization;
using Fintech.Etl.Worker.Extract;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Batch;

/// <param name="Blocks">Those to read; null for all.</param>
/// <param name="UpdatedSince">Only what was updated since; null for all.</param>
internal readonly record struct CustomerChoice(IReadOnlyList<int>? Blocks, DateTime? UpdatedSince)
{
    public bool IsNothing => Blocks is { Count: 0 };
}

/// <summary>
/// Which customers have to be read at all. Where the extract tells when a row was updated, by that. Where it does not, the source is
/// asked for a digest of each block of customers, and only blocks whose digest is not that of the last pass are read. Blocks are
/// made by a hash of the id: their number is the same however many customers there are, and however their ids are spread.
/// </summary>
internal sealed class CustomerBlocks(NpgsqlConnection warehouse, PassContext pass)
{
    /// <summary>A power of two: the block of an id is a mask of its hash.</summary>
    public const int Count = 4_096;

    /// <summary>Stands for what all customers are made with: another key or policy, and everybody is read anew.</summary>
    private const int Settings = -1;

    private readonly Dictionary<int, byte[]> changed = [];
    private readonly List<int> vanished = [];
    private Dictionary<int, byte[]> known = [];
    private bool tellsUpdates;
    private bool isDigested;

    /// <summary>Customers whose digests were compared.</summary>
    public long Compared { get; private set; }

    /// <param name="readAt">When the source was read before.</param>
    public async Task<CustomerChoice> ChooseAsync(SourceSnapshot snapshot, DateTime? readAt, CancellationToken cancellationToken)
    {
        known = await KnownAsync(cancellationToken);
        var isFirst = known.Count == 0;
        var all = IsChanged(Settings, "") || pass.Request.Full;
        tellsUpdates = snapshot.Contract.Customers.Has(ExtractColumn.UpdatedAt);
        if (tellsUpdates)
            return new CustomerChoice(null, all ? null : readAt);
        if (isFirst)
            return new CustomerChoice(null, null);      // There is nothing to compare with: the digests can wait.

        await DigestAsync(snapshot, cancellationToken);
        return new CustomerChoice(all || changed.Count >= Count ? null : [.. changed.Keys.Where(block => block != Settings).Order()], null);
    }

    /// <summary>Asks for the digests, where nobody has yet: they are of the same snapshot whenever that is.</summary>
    public async Task DigestAsync(SourceSnapshot snapshot, CancellationToken cancellationToken)
    {
        if (tellsUpdates || isDigested)
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
        if (changed.Count == 0 && vanished.Count == 0)
            return;

        await using var remember = BatchSql.Command(warehouse, "remember_blocks", pass);
        remember.Parameters.Add(new("blocks", NpgsqlDbType.Array | NpgsqlDbType.Integer) { Value = changed.Keys.ToArray() });
        remember.Parameters.Add(new("digests", NpgsqlDbType.Array | NpgsqlDbType.Bytea) { Value = changed.Values.ToArray() });
        remember.Parameters.Add(new("vanished", NpgsqlDbType.Array | NpgsqlDbType.Integer) { Value = vanished.ToArray() });
        remember.Parameters.Add(new("all_blocks", Count));
        await remember.ExecuteNonQueryAsync(cancellationToken);
    }

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

    private async Task<Dictionary<int, byte[]>> KnownAsync(CancellationToken cancellationToken)
    {
        var digests = new Dictionary<int, byte[]>();
        await using var command = BatchSql.CommandOf(
            warehouse, "select block, digest from etl.source_digest where source_system = @source_system and entity = 'customers'", pass);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            digests[reader.GetInt32(0)] = (byte[])reader[1];
        return digests;
    }
}
