using Fintech.Analysis.Figures;
using Fintech.Analysis.Warehouse;
using Fintech.Tests.Dashboard;
using Fintech.Tests.Warehouse;
using Npgsql;
using NpgsqlTypes;
using Xunit;

namespace Fintech.Tests.Analysis;

/// <param name="Customer">Null where the transaction names none.</param>
/// <param name="Delay">From the event to its arrival.</param>
/// <param name="Version">Which version of the customer was valid.</param>
internal sealed record Sale(
    string Id, long? Customer, string Category, DateTimeOffset At, decimal Amount,
    string Currency = "USD", string Type = "purchase", bool Streamed = false, TimeSpan Delay = default, int Version = 0, bool Alert = false, string Rule = "high-value");

/// <summary>A warehouse with the given sales, as the worker would have written them: facts, aggregates, alerts, runs.</summary>
internal sealed class AnalysisBench(WarehouseDatabase warehouse) : IAsyncDisposable
{
    /// <summary>A Monday.</summary>
    public static readonly DateTimeOffset Begin = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    public WarehouseDatabase Warehouse { get; } = warehouse;

    public string ConnectionString => Warehouse.ConnectionString;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Always the same: two currencies, refunds, two versions of a customer, nobody named, both ways of arrival, two and a half weeks.</summary>
    public static IReadOnlyList<Sale> FixedSales { get; } = MakeSales();

    public static async Task<AnalysisBench> CreateAsync(Servers servers, IReadOnlyList<Sale> sales)
    {
        var bench = new AnalysisBench(await WarehouseDatabase.CreateAsync(servers, Token));
        await bench.ExecuteAsync("""insert into etl.rule_set (rules, created_by) values ('[{"rule":"high-value","enabled":true,"threshold":3000,"currency":"USD"}]', 'test')""");
        if (sales.Count > 0)
            await bench.AddAsync(sales);
        return bench;
    }

    public Task<AnalysisData> ReadAsync() => ReadAsync(Period.Everything);

    public async Task<AnalysisData> ReadAsync(Period period)
    {
        await using var reader = await WarehouseReader.OpenAsync(ConnectionString, Token);
        return await AnalysisData.ReadAsync(reader, period, TimeProvider.System, (_, _, _) => { }, Token);
    }

    public Task ExecuteAsync(string sql) => Warehouse.ExecuteAsync(sql, Token);

    public ValueTask DisposeAsync() => Warehouse.DisposeAsync();

    private async Task AddAsync(IReadOnlyList<Sale> sales)
    {
        foreach (var category in sales.Select(sale => sale.Category).Distinct())
            await Warehouse.ExecuteAsync("insert into dw.dim_merchant (merchant_name, category) values ($1, $2)", Token, "Shop of " + category, category);
        foreach (var (customer, version) in sales.Where(sale => sale.Customer is not null).Select(sale => (sale.Customer!.Value, sale.Version)).Distinct().OrderBy(key => key))
        {
            await Warehouse.ExecuteAsync("update dw.dim_customer set valid_to = $2, is_current = false where customer_id = $1 and is_current", Token, customer, Begin.AddDays(version).UtcDateTime);
            await Warehouse.ExecuteAsync("insert into dw.dim_customer (customer_id, valid_from) values ($1, $2)", Token, customer, version == 0 ? DateTime.MinValue : Begin.AddDays(version).UtcDateTime);
        }

        var batch = sales.Where(sale => !sale.Streamed).ToList();
        await Warehouse.ExecuteAsync(
            """
            insert into etl.run (kind, status, trigger, host, finished_at, source_system, rows_read, amount_read, rows_loaded, amount_loaded)
            values ('batch', 'succeeded', 'test', 'test', now(), 'ledger', $1, $2, $1, $2), ('stream', 'running', 'test', 'test', null, 'stream', 0, 0, 0, 0)
            """, Token, (long)batch.Count, batch.Sum(sale => sale.Amount));

        await using var connection = await Warehouse.DataSource.OpenConnectionAsync(Token);
        await using (var stage = new NpgsqlCommand(
            "create temporary table sale (id text, customer bigint, version int, category text, at timestamptz, received timestamptz, amount numeric, currency text, type text, streamed boolean, alert boolean, rule text)", connection))
            await stage.ExecuteNonQueryAsync(Token);
        await using (var copy = await connection.BeginBinaryImportAsync("copy sale from stdin (format binary)", Token))
        {
            foreach (var sale in sales)
            {
                await copy.StartRowAsync(Token);
                await copy.WriteAsync(sale.Id, Token);
                if (sale.Customer is { } customer)
                    await copy.WriteAsync(customer, NpgsqlDbType.Bigint, Token);
                else
                    await copy.WriteNullAsync(Token);
                await copy.WriteAsync(sale.Version, NpgsqlDbType.Integer, Token);
                await copy.WriteAsync(sale.Category, Token);
                await copy.WriteAsync(sale.At.UtcDateTime, NpgsqlDbType.TimestampTz, Token);
                await copy.WriteAsync((sale.At + sale.Delay).UtcDateTime, NpgsqlDbType.TimestampTz, Token);
                await copy.WriteAsync(sale.Amount, NpgsqlDbType.Numeric, Token);
                await copy.WriteAsync(sale.Currency, Token);
                await copy.WriteAsync(sale.Type, Token);
                await copy.WriteAsync(sale.Streamed, NpgsqlDbType.Boolean, Token);
                await copy.WriteAsync(sale.Alert, NpgsqlDbType.Boolean, Token);
                await copy.WriteAsync(sale.Rule, Token);
            }

            await copy.CompleteAsync(Token);
        }

        await using var insert = new NpgsqlCommand(
            """
            with keyed as materialized (
                select s.*, m.merchant_key, coalesce(c.customer_key, 0) as customer_key, to_char(s.at at time zone 'UTC', 'YYYYMMDD')::int as date_key
                from sale s join dw.dim_merchant m on m.category = s.category
                left join (select customer_id, customer_key, row_number() over (partition by customer_id order by valid_from) - 1 as n, count(*) over (partition by customer_id) as versions from dw.dim_customer) c
                  on c.customer_id = s.customer and (c.versions = 1 or c.n = case when s.version = 0 then 0 else 1 end)
            ), facts as (
                insert into dw.fact_transactions (transaction_id, source_system, type, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, load_id, stream_entry)
                select id, case when streamed then 'stream' else 'ledger' end, type, customer_key, merchant_key, date_key, at, received, amount, currency,
                       (select run_id from etl.run where kind = case when streamed then 'stream' else 'batch' end), case when streamed then 'transactions:1/' || id end
                from keyed
            ), alerts as (
                insert into dw.fact_fraud_alerts (transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, severity, score, rule_set_version, hits,
                    occurred_at, received_at, scored_at, committed_at, load_id)
                select id, 'stream', customer_key, merchant_key, date_key, amount, currency, 'high', 80, 1, jsonb_build_array(jsonb_build_object('rule', rule, 'input', 'amount')), at, received, received, received, 2
                from keyed where alert
            )
            insert into dw.agg_minute_total (minute, currency, slot, transactions, amount, alerts)
            select date_trunc('minute', case when streamed then received else at end), currency, case when streamed then 1 else -1 end, count(*), sum(amount), count(*) filter (where alert)
            from keyed group by 1, 2, 3
            """, connection);
        await insert.ExecuteNonQueryAsync(Token);
        await ExecuteAsync("""
            insert into dw.history_mark (day, slot, marks)
            select (occurred_at at time zone 'UTC')::date, case when stream_entry is null then -1 else 1 end, count(distinct load_id) from dw.fact_transactions group by 1, 2
            """);
    }

    private static List<Sale> MakeSales()
    {
        string[] categories = ["Groceries", "Travel", "Luxury", "Fuel"];
        var random = new Random(7);
        var sales = new List<Sale>();
        for (var i = 0; i < 600; i++)
        {
            var at = Begin.AddMinutes(30 + i * 42).AddSeconds(random.Next(60));
            var euro = random.Next(5) == 0;
            var refund = random.Next(20) == 0;
            var streamed = i % 3 == 0;
            var cents = (long)Math.Round(2_000 * Math.Exp(random.NextDouble() * 5.6));
            var customer = random.Next(12) == 0 ? (long?)null : 1 + (long)(25 * Math.Pow(random.NextDouble(), 2));
            sales.Add(new Sale(
                $"t{i}", customer, categories[random.Next(categories.Length)], at, (refund ? -1 : 1) * cents / 100m, euro ? "EUR" : "USD", refund ? "refund" : "purchase", streamed,
                streamed ? TimeSpan.FromSeconds(random.Next(4) switch { 0 => 0.2, 1 => 5, 2 => 45, _ => 7_200 }) : TimeSpan.FromDays(30),
                customer == 3 && i >= 300 ? 7 : 0, Alert: streamed && !euro && !refund && cents > 300_000));
        }

        return sales;
    }
}
