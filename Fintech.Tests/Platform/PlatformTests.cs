using System.Net;
using Aspire.Hosting.Testing;
using Fintech.Contracts;
using Microsoft.AspNetCore.SignalR.Client;
using Npgsql;
using Xunit;
using static Fintech.Tests.Platform.RunningPlatform;

namespace Fintech.Tests.Platform;

public sealed class PlatformTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("etl-worker")]
    [InlineData("producer")]
    [InlineData("dashboard")]
    public async Task Every_service_answers_that_it_is_healthy(string service)
    {
        var platform = await servers.Platform;
        using var client = platform.Application.CreateHttpClient(service);
        using var answer = await client.GetAsync(new Uri("/health", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_week_of_history_lands_in_the_warehouse_to_the_cent()
    {
        var platform = await servers.Platform;
        await ABatchPassHasSucceededAsync(platform);

        var (sourceRows, sourceSum) = await CountAndSumAsync(platform.Source,
            "select count(*), coalesce(sum(amount), 0) from transactions where amount <> 'NaN'");
        var (factRows, factSum) = await CountAndSumAsync(platform.Warehouse,
            "select count(*), coalesce(sum(amount), 0) from dw.fact_transactions where source_system = 'ledger'");
        var (rejectedRows, rejectedSum) = await CountAndSumAsync(platform.Warehouse,
            "select count(*), coalesce(sum(amount), 0) from etl.rejected_row where origin = 'transactions'");
        var (aggregateRows, aggregateSum) = await CountAndSumAsync(platform.Warehouse,
            "select sum(transactions)::bigint, sum(amount) from dw.agg_minute_category where slot = -1");

        Assert.InRange(sourceRows, 90_000, 110_000);
        Assert.InRange(rejectedRows, 1, sourceRows / 50);
        Assert.Equal(sourceRows, factRows + rejectedRows);
        Assert.Equal(sourceSum, factSum + rejectedSum);
        Assert.Equal((factRows, factSum), (aggregateRows, aggregateSum));
    }

    [Fact]
    public async Task A_transaction_over_the_threshold_becomes_an_alert_in_the_warehouse_and_on_the_hub()
    {
        var platform = await servers.Platform;
        await using var hub = platform.CreateHubConnection();
        var frames = System.Threading.Channels.Channel.CreateUnbounded<string>();
        hub.On<System.Text.Json.JsonElement>("Frame", frame => frames.Writer.TryWrite(frame.GetProperty("alerts").GetRawText()));
        await hub.StartAsync(Token);
        await hub.InvokeAsync("Subscribe", "5m", Token);

        var transaction = Purchase(3_000.01m);
        await platform.PublishAsync(transaction);
        await platform.PublishAsync(Purchase(3_000.00m) with { TransactionId = transaction.TransactionId + "-at-threshold" });

        var score = await Eventually.ReadAsync(
            "the alert in the warehouse",
            token => ScalarAsync<long>(platform.Warehouse,
                "select count(*) from dw.fact_fraud_alerts where transaction_id = $1 and severity is not null and score between 50 and 100", token, transaction.TransactionId),
            count => count == 1, Patience, Token);
        Assert.Equal(1, score);

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        while (!(await frames.Reader.ReadAsync(patience.Token)).Contains(transaction.TransactionId, StringComparison.Ordinal))
        {
        }

        await Eventually.ReadAsync(
            "the transaction at the threshold among the facts",
            token => ScalarAsync<long>(platform.Warehouse, "select count(*) from dw.fact_transactions where transaction_id = $1", token, transaction.TransactionId + "-at-threshold"),
            count => count == 1, Patience, Token);
        Assert.Equal(0, await ScalarAsync<long>(platform.Warehouse,
            "select count(*) from dw.fact_fraud_alerts where transaction_id = $1", Token, transaction.TransactionId + "-at-threshold"));
    }

    [Fact]
    public async Task One_trace_leads_from_the_producer_through_the_worker_to_the_dashboard()
    {
        var platform = await servers.Platform;
        await using var hub = platform.CreateHubConnection();
        await hub.StartAsync(Token);
        await hub.InvokeAsync("Subscribe", "5m", Token);

        var trace = await Eventually.ReadAsync(
            "a trace with spans of producer, etl-worker and dashboard",
            _ => Task.FromResult(servers.Telemetry.Spans.GroupBy(span => span.TraceId).FirstOrDefault(spans =>
                new[] { "producer", "etl-worker", "dashboard" }.All(service => spans.Any(span => span.Service == service)))?.ToList()),
            spans => spans is not null, Patience, Token);

        var published = Assert.Single(trace!, span => span.Service == "producer");
        Assert.Contains(trace!, span => span.Service == "etl-worker" && span.ParentSpanId == published.SpanId);
        var scored = trace!.First(span => span.Service == "etl-worker" && span.ParentSpanId == published.SpanId);
        Assert.Contains(trace!, span => span.Service == "dashboard" && span.ParentSpanId == scored.SpanId);
    }

    [Fact]
    public async Task No_raw_last_name_or_email_is_in_warehouse_logs_or_spans()
    {
        const string lastName = "Quixotbergerson";
        const string email = "zz.canary.person@example.org";
        const string firstName = "Dulcinea";
        var platform = await servers.Platform;
        await using (var insert = platform.Source.CreateCommand($"""
            insert into customers values (999001, '{firstName}', '{lastName}', '{email}', '2024-05-05');
            """))
            await insert.ExecuteNonQueryAsync(Token);

        await Eventually.ReadAsync(
            "the new customer in the warehouse",
            token => ScalarAsync<long>(platform.Warehouse,
                "select count(*) from dw.dim_customer where customer_id = 999001 and first_name = $1 and email_hash is not null and last_name_hash is not null", token, firstName),
            count => count == 1, Patience, Token);

        // The first name is kept by design: it proves that the scan finds what is there.
        Assert.NotEmpty(await TablesThatCarryAsync(platform.Warehouse, firstName));
        Assert.Empty(await TablesThatCarryAsync(platform.Warehouse, lastName));
        Assert.Empty(await TablesThatCarryAsync(platform.Warehouse, email));

        var before = servers.Telemetry.Exports("logs");
        await Eventually.ReadAsync("exported logs", _ => Task.FromResult(servers.Telemetry.Exports("logs")), count => count > before, Patience, Token);
        Assert.True(servers.Telemetry.Carries("etl-worker"));
        Assert.False(servers.Telemetry.Carries(lastName), "The last name was exported as telemetry.");
        Assert.False(servers.Telemetry.Carries(email), "The e-mail was exported as telemetry.");
    }

    internal static TransactionEvent Purchase(decimal amount) => new()
    {
        TransactionId = $"test-{Guid.CreateVersion7()}",
        CustomerId = 7,
        Amount = amount,
        MerchantName = "Test Harbour Watches",
        Timestamp = DateTimeOffset.UtcNow,
        Currency = "USD",
    };

    internal static Task ABatchPassHasSucceededAsync(RunningPlatform platform) => Eventually.ReadAsync(
        "a batch pass that loaded rows",
        token => ScalarAsync<long>(platform.Warehouse, "select count(*) from etl.run where kind = 'batch' and status = 'succeeded' and rows_loaded > 0", token),
        count => count > 0, Patience, Token);

    internal static async Task<(long Rows, decimal Sum)> CountAndSumAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        return (reader.GetInt64(0), reader.GetDecimal(1));
    }

    /// <summary>Every table of the warehouse as text, searched for a word; a column of bytes, shown in hex, for its bytes.</summary>
    private static async Task<List<string>> TablesThatCarryAsync(NpgsqlDataSource warehouse, string word)
    {
        var tables = new List<string>();
        await using (var list = warehouse.CreateCommand(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables where table_schema in ('dw', 'etl', 'public')"))
        await using (var reader = await list.ExecuteReaderAsync(Token))
        {
            while (await reader.ReadAsync(Token))
                tables.Add(reader.GetString(0));
        }

        var carrying = new List<string>();
        foreach (var table in tables)
        {
            if (await ScalarAsync<bool>(warehouse,
                $"select exists (select from {table} as t where strpos(t::text, $1) > 0 or strpos(t::text, encode(convert_to($1, 'UTF8'), 'hex')) > 0)", Token, word))
                carrying.Add(table);
        }

        return carrying;
    }
}
