using Fintech.Etl.Worker.History;
using Fintech.Tests.Warehouse;
using Npgsql;
using Xunit;

namespace Fintech.Tests.History;

/// <summary>What the functions of schema analysis must say, by plain statements over the facts that know nothing of roll-ups.</summary>
internal static class HistoryTruth
{
    private const string Period = "f.occurred_at >= $1 and f.occurred_at < $2";

    /// <summary>The columns of the functions analysis.narrowed_…, with the name of the merchant.</summary>
    private const string Narrowed = "select m.merchant_name, n.hour, n.currency, n.merchant_key, n.customer_key, n.is_purchase, n.is_scored, n.cents";

    private const string Facts = $"""
        select m.merchant_name, date_trunc('hour', f.occurred_at), f.currency, f.merchant_key, coalesce((select min(v.customer_key) from dw.dim_customer v where v.customer_id = c.customer_id), 0),
               f.type = 'purchase', f.stream_entry is not null, (f.amount * 100)::bigint
        from dw.fact_transactions f join dw.dim_merchant m using (merchant_key) join dw.dim_customer c using (customer_key) where {Period}
        """;

    private static readonly (string Function, string Plain)[] Pairs =
    [
        ("select hour, currency, category, transactions, purchases, sales, refunds, revenue, scored from analysis.hourly($1, $2)",
            $"""
             select date_trunc('hour', f.occurred_at), f.currency, m.category, count(*), count(*) filter (where f.type = 'purchase'), sum(case f.type when 'purchase' then f.amount else 0 end),
                    sum(case f.type when 'purchase' then 0 else -f.amount end), sum(f.amount), count(f.stream_entry)
             from dw.fact_transactions f join dw.dim_merchant m using (merchant_key) where {Period} group by 1, 2, 3
             """),
        ("select customer_id, currency, purchases, sales, refunds, revenue, largest from analysis.customer_value($1, $2)",
            $"""
             select c.customer_id, f.currency, count(*) filter (where f.type = 'purchase'), sum(case f.type when 'purchase' then f.amount else 0 end), sum(case f.type when 'purchase' then 0 else -f.amount end),
                    sum(f.amount), case when count(*) filter (where f.type = 'purchase') > 0 then max(f.amount) end
             from dw.fact_transactions f join dw.dim_customer c using (customer_key) where c.customer_id is not null and {Period} group by 1, 2
             """),
        ("select currency, amount, purchases from analysis.amounts($1, $2)",
            $"select f.currency, f.amount, count(*) from dw.fact_transactions f where f.type = 'purchase' and f.amount > 0 and {Period} group by 1, 2"),
        ("select currency, category, bin, sum(purchases)::bigint, sum(sales) from analysis.amount_bins($1, $2) group by 1, 2, 3",
            $"""
             select f.currency, m.category, analysis.amount_bin(f.amount), count(*), sum(f.amount) from dw.fact_transactions f join dw.dim_merchant m using (merchant_key)
             where f.type = 'purchase' and f.amount > 0 and {Period} group by 1, 2, 3
             """),
        ("select currency, category, amount, sum(purchases)::bigint from analysis.amounts_in($1, $2, (select array_agg(b::smallint) from generate_series(-200, 800) b)) group by 1, 2, 3",
            $"select f.currency, m.category, f.amount, count(*) from dw.fact_transactions f join dw.dim_merchant m using (merchant_key) where f.type = 'purchase' and f.amount > 0 and {Period} group by 1, 2, 3"),
        ("select l.currency, l.bin, u.amount, sum(u.purchases)::bigint from analysis.amount_lists($1, $2) l cross join lateral unnest(l.amounts, l.counts) u (amount, purchases) group by 1, 2, 3",
            $"select f.currency, analysis.amount_bin(f.amount), f.amount, count(*) from dw.fact_transactions f where f.type = 'purchase' and f.amount > 0 and {Period} group by 1, 2, 3"),
        ("select currency, bin, sum(purchases)::bigint, sum(sales) from analysis.amount_lists($1, $2) group by 1, 2",
            $"select f.currency, analysis.amount_bin(f.amount), count(*), sum(f.amount) from dw.fact_transactions f where f.type = 'purchase' and f.amount > 0 and {Period} group by 1, 2"),
        ("select merchant_name, category, currency, transactions, purchases, refunds, revenue from analysis.merchant_value($1, $2)",
            $"""
             select m.merchant_name, m.category, f.currency, count(*), count(*) filter (where f.type = 'purchase'), sum(case f.type when 'purchase' then 0 else -f.amount end), sum(f.amount)
             from dw.fact_transactions f join dw.dim_merchant m using (merchant_key) where {Period} group by 1, 2, 3
             """),
        ($"{Narrowed} from analysis.narrowed_to_merchants($1, $2, null, null) n join dw.dim_merchant m using (merchant_key)", Facts),
        ($"{Narrowed} from (select distinct merchant_name from dw.dim_merchant) m cross join lateral analysis.narrowed_to_merchants($1, $2, m.merchant_name, null) n", Facts),
        ($"{Narrowed} from (select distinct category from dw.dim_merchant) x cross join lateral analysis.narrowed_to_merchants($1, $2, null, x.category) n join dw.dim_merchant m using (merchant_key)", Facts),
        ($"{Narrowed} from generate_series(1, 7) d cross join lateral analysis.narrowed_to_hours($1, $2, d, null) n join dw.dim_merchant m using (merchant_key)", Facts),
        ($"{Narrowed} from analysis.narrowed_to_hours($1, $2, 3, 14) n join dw.dim_merchant m using (merchant_key)",
            $"{Facts} and extract(isodow from f.occurred_at at time zone 'UTC') = 3 and extract(hour from f.occurred_at at time zone 'UTC') = 14"),
        ("select m.merchant_name, h.hour, h.currency, h.category, h.transactions, h.purchases, h.sales, h.refunds, h.revenue, h.scored from (select distinct merchant_name from dw.dim_merchant) m cross join lateral analysis.merchant_hourly($1, $2, m.merchant_name) h",
            $"""
             select m.merchant_name, date_trunc('hour', f.occurred_at), f.currency, m.category, count(*), count(*) filter (where f.type = 'purchase'), sum(case f.type when 'purchase' then f.amount else 0 end),
                    sum(case f.type when 'purchase' then 0 else -f.amount end), sum(f.amount), count(f.stream_entry)
             from dw.fact_transactions f join dw.dim_merchant m using (merchant_key) where {Period} group by 1, 2, 3, 4
             """),
        ("select currency, bin, sum(purchases)::bigint, sum(cents)::bigint from analysis.amounts_by_bin($1, $2, null) group by 1, 2",
            $"select f.currency, analysis.amount_bin(f.amount), count(*), sum(f.amount * 100)::bigint from dw.fact_transactions f where f.type = 'purchase' and f.amount > 0 and {Period} group by 1, 2"),
        ("select b.currency, x.category, u.cents, sum(u.purchases)::bigint from (select distinct category from dw.dim_merchant) x cross join lateral analysis.amounts_by_bin($1, $2, x.category) b cross join lateral unnest(b.amounts, b.counts) as u (cents, purchases) group by 1, 2, 3",
            $"select f.currency, m.category, (f.amount * 100)::bigint, count(*) from dw.fact_transactions f join dw.dim_merchant m using (merchant_key) where f.type = 'purchase' and f.amount > 0 and {Period} group by 1, 2, 3"),
        ("select currency, customers from analysis.active_customers($1, $2)",
            $"select f.currency, count(distinct c.customer_id) from dw.fact_transactions f join dw.dim_customer c using (customer_key) where f.type = 'purchase' and c.customer_id is not null and {Period} group by 1"),
        ("select x.category, c.currency, c.customer_key, sum(c.purchases)::bigint, sum(c.refunds)::bigint, sum(c.cents)::bigint from (select distinct category from dw.dim_merchant) x cross join lateral analysis.customers_of_category($1, $2, x.category) c group by 1, 2, 3",
            $"""
             select m.category, f.currency, (select min(v.customer_key) from dw.dim_customer v where v.customer_id = c.customer_id), count(*) filter (where f.type = 'purchase'),
                    sum(case f.type when 'purchase' then 0 else -f.amount * 100 end)::bigint, sum(f.amount * 100)::bigint
             from dw.fact_transactions f join dw.dim_customer c using (customer_key) join dw.dim_merchant m using (merchant_key) where c.customer_id is not null and {Period} group by 1, 2, 3
             """),
        ("select x.category, a.currency, a.customers from (select distinct category from dw.dim_merchant) x cross join lateral analysis.active_customers($1, $2, x.category) a",
            $"""
             select m.category, f.currency, count(distinct c.customer_id) from dw.fact_transactions f join dw.dim_customer c using (customer_key) join dw.dim_merchant m using (merchant_key)
             where f.type = 'purchase' and c.customer_id is not null and {Period} group by 1, 2
             """),
    ];

    public static async Task AssertAgreesAsync(WarehouseDatabase warehouse, DateTime from, DateTime to, string after, CancellationToken cancellationToken)
    {
        foreach (var (function, plain) in Pairs)
        {
            await using var command = warehouse.DataSource.CreateCommand(
                $"with said as ({function}), plain as ({plain}) (select 'said' as who, x::text from (select * from said except all select * from plain) x) union all (select 'plain', x::text from (select * from plain except all select * from said) x) limit 6");
            command.Parameters.Add(new() { Value = from });
            command.Parameters.Add(new() { Value = to });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var differences = new List<string>();
            while (await reader.ReadAsync(cancellationToken))
                differences.Add($"{reader.GetString(0)}: {reader.GetString(1)}");
            Assert.True(differences.Count == 0, $"After {after}, from {from:O} to {to:O}, {function} differs from the facts:\n{string.Join('\n', differences)}");
        }
    }

    /// <summary>Everything, and periods whose ends lie anywhere.</summary>
    public static async Task AssertAgreesAsync(WarehouseDatabase warehouse, DateTime begin, int days, Random random, string after, CancellationToken cancellationToken)
    {
        await AssertAgreesAsync(warehouse, DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc), DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc), after, cancellationToken);
        for (var i = 0; i < 2; i++)
        {
            var from = begin.AddDays(random.Next(days)).AddMinutes(random.Next(3) == 0 ? random.Next(1440) : 0);
            await AssertAgreesAsync(warehouse, from, from.AddDays(1 + random.Next(days)).AddMinutes(random.Next(3) == 0 ? random.Next(1440) : 0), after, cancellationToken);
        }
    }

    public static async Task RollAllAsync(this HistoryRollup rollup, CancellationToken cancellationToken)
    {
        // Twice: quarters and years follow their months.
        for (var i = 0; i < 2; i++)
        {
            foreach (var work in RollupWork.Of(await rollup.StaleAsync(cancellationToken)))
                Assert.True(await rollup.RollAsync(work, cancellationToken));
        }
    }

    public static async Task<long> SpansAsync(WarehouseDatabase warehouse, string unit, CancellationToken cancellationToken)
    {
        await using var command = warehouse.DataSource.CreateCommand("select count(*) from analysis.history_rolled($1, '-infinity', 'infinity')");
        command.Parameters.Add(new NpgsqlParameter { Value = unit });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
