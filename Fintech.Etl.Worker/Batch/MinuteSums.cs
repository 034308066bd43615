using System.Runtime.InteropServices;
using Fintech.Etl.Worker.Batch.Copy;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Sums by minute and category while the rows stream by, instead of reading them all again. Bounded: what has gathered goes to
/// <c>loaded_minute</c> and begins anew; a minute that was in several gatherings is summed there.
/// </summary>
internal sealed class MinuteSums
{
    private const int MostSums = 250_000;
    private const int MostCategories = 1 << 16;

    private readonly Dictionary<long, Sum> sums = [];

    public bool IsFull => sums.Count >= MostSums;

    /// <param name="category">Index into <see cref="MemberKeys.Categories"/>.</param>
    public void Add(DateTime occurredAt, int category, decimal amount)
    {
        var minute = occurredAt.Ticks / TimeSpan.TicksPerMinute;
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, minute * MostCategories + category, out _);
        sum.Transactions++;
        sum.Amount += amount;
    }

    public async Task FlushAsync(NpgsqlConnection connection, IReadOnlyList<string> categories, CancellationToken cancellationToken)
    {
        if (sums.Count == 0)
            return;

        await using var writer = new CopyWriter(await connection.BeginRawBinaryCopyAsync(
            "copy loaded_minute (minute, category, transactions, amount) from stdin (format binary)", cancellationToken));
        foreach (var (key, sum) in sums)
        {
            writer.Row(4);
            writer.Timestamp(new DateTime(key / MostCategories * TimeSpan.TicksPerMinute, DateTimeKind.Utc));
            writer.Text(categories[(int)(key % MostCategories)]);
            writer.Bigint(sum.Transactions);
            writer.Amount(sum.Amount);
            await writer.FlushAsync(cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
        sums.Clear();
    }

    private struct Sum
    {
        public long Transactions;
        public decimal Amount;
    }
}
