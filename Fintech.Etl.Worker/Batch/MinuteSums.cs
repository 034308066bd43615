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
    private const int MostSums = 250_000;
    private const int MostCategories = 1 << 16;
    private const int MostCurrencies = 26 * 26 * 26;

    private readonly Dictionary<long, Sum> sums = [];

    public bool IsFull => sums.Count >= MostSums;

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
