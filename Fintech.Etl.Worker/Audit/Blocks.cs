using Fintech.Etl.Worker.Batch;
using Npgsql;

namespace Fintech.Etl.Worker.Audit;

internal readonly record struct BlockKey(long Block, string Currency);

/// <param name="Hash">Sum of a 64-bit hash of each row's content.</param>
internal readonly record struct BlockSum(Tally Tally, decimal Hash);

/// <summary>Count, sum and hash per block of ids and currency, of the source or of the warehouse.</summary>
internal sealed class Blocks
{
    private readonly Dictionary<BlockKey, BlockSum> sums = [];

    /// <param name="command">Yields block, currency, count, sum and hash.</param>
    public static async Task<Blocks> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var blocks = new Blocks();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            blocks.sums[new BlockKey(reader.GetInt64(0), reader.GetString(1))] = new BlockSum(
                new Tally(reader.GetInt64(2), reader.IsDBNull(3) ? 0 : reader.GetDecimal(3)), reader.IsDBNull(4) ? 0 : reader.GetDecimal(4));
        }

        return blocks;
    }

    public int Count => sums.Keys.Select(key => key.Block).Distinct().Count();

    public Tally Total => sums.Values.Aggregate(new Tally(), (total, sum) => total + sum.Tally);

    /// <summary>Ascending.</summary>
    public IReadOnlyList<long> DifferingFrom(Blocks other) =>
        [.. sums.Keys.Union(other.sums.Keys).Where(key => sums.GetValueOrDefault(key) != other.sums.GetValueOrDefault(key)).Select(key => key.Block).Distinct().Order()];

    /// <summary>The ids of a block, both included. Division rounds towards zero, so block 0 has two sides.</summary>
    public static (long Low, long High) RangeOf(long block, long size) => (
        block > 0 ? block * size : checked((block - 1) * size) + 1,
        block < 0 ? block * size : checked((block + 1) * size) - 1);
}
