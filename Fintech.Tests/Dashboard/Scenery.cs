using System.Globalization;
using System.Text.Json;
using Fintech.Contracts;
using Fintech.Tests.Warehouse;

namespace Fintech.Tests.Dashboard;

/// <summary>
/// A warehouse with something to see on every page: eight weeks of facts to the present minute, alerts in every state, runs with failed
/// checks, quarantine, rule sets, snoozes, commands. Names of merchants are as hostile as they come.
/// </summary>
internal static class Scenery
{
    public static async Task PaintAsync(this WarehouseDatabase warehouse, CancellationToken cancellationToken)
    {
        // One connection: what is drawn by lot is drawn by functions of the session.
        await using var connection = await warehouse.DataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var part in (string[])["Scenery.sql", "SceneryBooks.sql"])
        {
            await using var command = connection.CreateCommand();
            command.CommandText = await ReadAsync(part, cancellationToken);
            command.CommandTimeout = 120;   // Some seconds where nothing else runs.
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        await using var analyze = connection.CreateCommand();
        analyze.CommandText = "analyze";    // As the server does by itself in a while; until then it would plan for empty tables.
        analyze.CommandTimeout = 120;
        await analyze.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The bells of the last five minutes, as they were rung then: a dashboard that starts now draws its points and its rate from them.</summary>
    public static async Task RingThePastAsync(this Stage stage, CancellationToken cancellationToken)
    {
        const string recent =
            """
            select f.transaction_id, c.customer_id, f.amount, f.currency, m.merchant_name, m.category, f.occurred_at, f.received_at, a.transaction_id is not null
            from dw.fact_transactions f join dw.dim_customer c using (customer_key) join dw.dim_merchant m using (merchant_key)
            left join dw.fact_fraud_alerts a using (transaction_id, source_system)
            where f.received_at > now() - interval '5 minutes' and f.stream_entry is not null
            order by f.received_at
            """;
        var rows = new List<FeedTransaction>();
        await using var command = stage.Warehouse.DataSource.CreateCommand(recent);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new FeedTransaction
            {
                TransactionId = reader.GetString(0),
                CustomerId = reader.GetInt64(1),
                Amount = reader.GetDecimal(2),
                Currency = reader.GetString(3),
                MerchantName = reader.GetString(4),
                Category = reader.GetString(5),
                OccurredAt = reader.GetFieldValue<DateTimeOffset>(6),
                ReceivedAt = reader.GetFieldValue<DateTimeOffset>(7),
                Alert = reader.GetBoolean(8),
            });
        }

        // As often as a busy stream commits: a bell of a whole second would look like a commit that took so long.
        foreach (var batch in rows.GroupBy(row => row.ReceivedAt.ToUnixTimeMilliseconds() / 200))
        {
            var committedAt = DateTimeOffset.FromUnixTimeMilliseconds(batch.Last().ReceivedAt.ToUnixTimeMilliseconds() + 60);
            var entry = new FeedEntry
            {
                Partition = 0,
                From = "0-0",
                To = "0-0",
                Count = batch.Count(),
                CommittedAt = committedAt,
                Sample = [.. batch],
                Alerts = [.. batch.Where(row => row.Alert).Select(row => row.TransactionId)],
            };
            await stage.Redis.GetDatabase().StreamAddAsync(
                StreamNames.Feed, StreamNames.PayloadField, JsonSerializer.SerializeToUtf8Bytes(entry, ContractsJson.Default.FeedEntry),
                messageId: string.Create(CultureInfo.InvariantCulture, $"{committedAt.ToUnixTimeMilliseconds()}-0"));
        }
    }

    public static async Task<string> ReadAsync(string part, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(typeof(Scenery).Assembly.GetManifestResourceStream($"Dashboard/{part}")
            ?? throw new InvalidOperationException($"The tests hold no resource Dashboard/{part}."));
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
