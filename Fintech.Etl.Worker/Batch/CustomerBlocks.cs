using System.Globalization;
using Fintech.Etl.Worker.Extract;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Which customers have to be read at all. Their table says nothing of when a row changed, so the source is asked for a digest of
/// each block of customers, and only blocks whose digest is not that of the last pass are read. Blocks are made by a hash of the id:
/// their number is the same however many customers there are, and however their ids are spread.
/// </summary>
internal sealed class CustomerBlocks(NpgsqlConnection warehouse, PassContext pass)
{
    public const int Count = 4_096;

    private readonly Dictionary<int, byte[]> changed = [];
    private readonly List<int> vanished = [];

    /// <summary>Customers whom the source has.</summary>
    public long Compared { get; private set; }

    /// <returns>The blocks that differ; null for all of them.</returns>
    public async Task<IReadOnlyList<int>?> ChangedAsync(SourceSnapshot snapshot, CancellationToken cancellationToken)
    {
        var known = await KnownAsync(cancellationToken);
        await foreach (var (block, customers, digest) in snapshot.CustomerDigestsAsync(cancellationToken))
        {
            Compared += customers;

            // Keyed again: what a block of one customer hashes to would otherwise tell who is in it. With the key's version and the
            // columns' policy, so that another of these makes everyone be read anew.
            var seal = pass.Key.HashRow(string.Create(CultureInfo.InvariantCulture, $"{block}/{customers}/{digest}/{pass.Key.Version}"));
            if (!known.Remove(block, out var before) || !seal.AsSpan().SequenceEqual(before))
                changed[block] = seal;
        }

        vanished.AddRange(known.Keys);
        return pass.Request.Full || changed.Count == Count ? null : [.. changed.Keys.Order()];
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
        await remember.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<Dictionary<int, byte[]>> KnownAsync(CancellationToken cancellationToken)
    {
        var known = new Dictionary<int, byte[]>();
        await using var command = BatchSql.CommandOf(
            warehouse, "select block, digest from etl.source_digest where source_system = @source_system and entity = 'customers'", pass);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            known[reader.GetInt32(0)] = (byte[])reader[1];
        return known;
    }
}
