using System.Runtime.CompilerServices;
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
    private const int MostSums = 750_000;
    /// <summary>The batch path's own; see <c>0004_aggregates.sql</c>.</summary>
    private const short BatchSlot = -1;

    /// <summary>That the key of a sum has room for; with more, there is no direct load.</summary>
    public const int MostCategories = 1 << 16;

    private const int MostCurrencies = 26 * 26 * 26;

    private readonly Dictionary<long, Sum> sums = [];

    public bool IsFull => sums.Count >= MostSums;

    /// <summary>Whether a part of them is in <c>loaded_minute</c>.</summary>
    public bool WereFlushed { get; private set; }

    /// <param name="category">Index into <see cref="MemberKeys.Categories"/>.</param>
    /// <param name="currency">Three capital letters.</param>
    [MethodImpl(Hot.Path)]
    public void Add(DateTime occurredAt, int category, string currency, decimal amount)
    {
        var minute = occurredAt.Ticks / TimeSpan.TicksPerMinute;
        var key = (minute * MostCategories + category) * MostCurrencies + Number(currency);
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, key, out _);
        sum.Transactions++;
        sum.Amount += amount;
    }

    public async Task FlushAsync(NpgsqlConnection connection, IReadOnlyList<string> categories, CancellationToken cancellationToken)
    {
        if (sums.Count == 0)
            return;

        await using var writer = new CopyWriter(await connection.BeginRawBinaryCopyAsync(
            "copy loaded_minute (minute, category, currency, transactions, amount) from stdin (format binary)", cancellationToken));
        foreach (var (key, sum) in sums)
        {
            var (minute, category) = Math.DivRem(key / MostCurrencies, MostCategories);
            writer.Row(5);
            writer.Timestamp(new DateTime(minute * TimeSpan.TicksPerMinute, DateTimeKind.Utc));
            writer.Text(categories[(int)category]);
            writer.Text(Letters((int)(key % MostCurrencies)));
            writer.Bigint(sum.Transactions);
            writer.Amount(sum.Amount);
            await writer.FlushAsync(cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
        sums.Clear();
        WereFlushed = true;
    }

    /// <summary>All of them straight into the aggregates, which have no rows and no keys yet.</summary>
    public async Task FillAsync(NpgsqlConnection connection, IReadOnlyList<string> categories, CancellationToken cancellationToken)
    {
        var totals = new Dictionary<(long Minute, int Currency), Sum>();
        await using (var writer = new CopyWriter(await connection.BeginRawBinaryCopyAsync(
            "copy dw.agg_minute_category (minute, category, currency, slot, transactions, amount) from stdin (format binary)", cancellationToken)))
        {
            foreach (var (key, sum) in sums)
            {
                var (minute, category) = Math.DivRem(key / MostCurrencies, MostCategories);
                var currency = (int)(key % MostCurrencies);
                writer.Row(6);
                writer.Timestamp(new DateTime(minute * TimeSpan.TicksPerMinute, DateTimeKind.Utc));
                writer.Text(categories[(int)category]);
                writer.Text(Letters(currency));
                writer.Smallint(BatchSlot);
                writer.Bigint(sum.Transactions);
                writer.Amount(sum.Amount);
                await writer.FlushAsync(cancellationToken);
                ref var total = ref CollectionsMarshal.GetValueRefOrAddDefault(totals, (minute, currency), out _);
                total.Transactions += sum.Transactions;
                total.Amount += sum.Amount;
            }

            await writer.CompleteAsync(cancellationToken);
        }

        await using var minutes = new CopyWriter(await connection.BeginRawBinaryCopyAsync(
            "copy dw.agg_minute_total (minute, currency, slot, transactions, amount, alerts) from stdin (format binary)", cancellationToken));
        foreach (var ((minute, currency), total) in totals)
        {
            minutes.Row(6);
            minutes.Timestamp(new DateTime(minute * TimeSpan.TicksPerMinute, DateTimeKind.Utc));
            minutes.Text(Letters(currency));
            minutes.Smallint(BatchSlot);
            minutes.Bigint(total.Transactions);
            minutes.Amount(total.Amount);
            minutes.Bigint(0);
            await minutes.FlushAsync(cancellationToken);
        }

        await minutes.CompleteAsync(cancellationToken);
    }

    /// <summary>AAA is 0, ZZZ the last of <see cref="MostCurrencies"/>.</summary>
    private static int Number(string currency) => ((currency[0] - 'A') * 26 + currency[1] - 'A') * 26 + currency[2] - 'A';

    private static string Letters(int number) =>
        string.Create(3, number, static (letters, rest) =>
        {
            for (var i = 2; i >= 0; i--, rest /= 26)
                letters[i] = (char)('A' + rest % 26);
        });

    private struct Sum
    {
        public long Transactions;
        public decimal Amount;
    }
}
