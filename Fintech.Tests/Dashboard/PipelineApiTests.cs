using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Fintech.Contracts;
using Fintech.Dashboard.Pipeline;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>What the pipeline page reads and asks for.</summary>
public sealed class PipelineApiTests(Servers servers) : IAsyncLifetime
{
    private PipelineBench bench = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => bench = await PipelineBench.CreateAsync(servers);

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task The_overview_tells_the_state_of_every_part()
    {
        await bench.Batch.WarehouseAsync("""
            insert into etl.webhook_target (target, min_severity) values ('cases', 'high');
            insert into etl.webhook_delivery (target, transaction_id, source_system, event_key, payload, status, decided_at, last_error)
            values ('cases', 't-1', 'stream', 'k', '{}', 'dead', now(), 'The receiver said 500.'), ('cases', 't-2', 'stream', 'k', '{}', 'pending', null, null);
            insert into etl.stream_loss (stream, kind, after_entry, entries_read, entries_added, missing) values ('transactions:2', 'reset', '5-0', 10, 4, 3);
            insert into etl.watermark_gap (source_system, entity, ids) select source_system, entity, '[4,6)' from etl.watermark
            """);

        var overview = await bench.GetAsync("");

        var run = overview.GetProperty("lastRun");
        Assert.Equal(("batch", "succeeded", 9L, 4L, 5L), (Text(run, "kind"), Text(run, "status"), Rows(run, "read"), Rows(run, "loaded"), Rows(run, "quarantined")));
        Assert.Equal(10m, run.GetProperty("loaded").GetProperty("amount").GetDecimal());
        var mark = overview.GetProperty("watermarks")[0];
        Assert.Equal((9L, 1L, 2L), (mark.GetProperty("lastId").GetInt64(), mark.GetProperty("gaps").GetInt64(), mark.GetProperty("missingIds").GetInt64()));
        var target = overview.GetProperty("webhooks")[0];
        Assert.Equal(("cases", 1L, 1L, "The receiver said 500."), (Text(target, "target"), target.GetProperty("pending").GetInt64(), target.GetProperty("dead").GetInt64(), Text(target, "lastError")));
        Assert.Equal(("transactions:2", 3L), (Text(overview.GetProperty("losses")[0], "stream"), overview.GetProperty("losses")[0].GetProperty("missing").GetInt64()));
        Assert.Contains(overview.GetProperty("quarantine").EnumerateArray(), group => Text(group, "check") == "amount_not_positive" && group.GetProperty("rows").GetInt64() == 2);
        Assert.Equal((1, 1, 4), (overview.GetProperty("ruleSet").GetProperty("version").GetInt32(), overview.GetProperty("ruleSet").GetProperty("alerting").GetInt32(), overview.GetProperty("ruleSet").GetProperty("shadow").GetInt32()));
    }

    [Fact]
    public async Task An_unchanged_overview_is_answered_in_a_few_bytes()
    {
        using var first = await bench.App.Http.GetAsync("/api/pipeline", Token);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/pipeline") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var second = await bench.App.Http.SendAsync(again, Token);
        Assert.Equal((HttpStatusCode.NotModified, 0), (second.StatusCode, (await second.Content.ReadAsByteArrayAsync(Token)).Length));

        await bench.AskAsync("audit", "{}");
        await Eventually.IsTrueAsync("the overview to have another tag", async token =>
        {
            using var ask = new HttpRequestMessage(HttpMethod.Get, "/api/pipeline") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
            using var third = await bench.App.Http.SendAsync(ask, token);
            return third.StatusCode == HttpStatusCode.OK;
        }, TimeSpan.FromSeconds(30), Token);
    }

    /// <summary>Whoever disposes of a reader twice ends the one that was handed out with the connection meanwhile, and two then share a connection.</summary>
    [Fact]
    public async Task A_reading_of_the_books_does_not_touch_the_connection_of_the_next_one()
    {
        await using var warehouse = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(bench.Batch.Warehouse.ConnectionString) { MaxPoolSize = 2 });
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var others = new[] { OtherAsync(), OtherAsync(), OtherAsync(), OtherAsync() };

        await BooksAsync().WaitAsync(TimeSpan.FromMinutes(1), Token);     // Two on one connection may wait for each other for ever.
        await over.CancelAsync();
        Assert.All(await Task.WhenAll(others).WaitAsync(TimeSpan.FromMinutes(1), Token), read => Assert.True(read > 0, "One of those beside it read nothing."));

        async Task BooksAsync()
        {
            for (var reading = 0; reading < 30; reading++)
            {
                var reader = new PipelineReader(warehouse, new(warehouse), new(warehouse), new(warehouse, TimeProvider.System));
                Assert.Equal(1, (await reader.OverviewAsync(Token)).LastRun?.Id);
            }
        }

        async Task<int> OtherAsync()
        {
            var read = 0;
            while (!over.IsCancellationRequested)
            {
                await using var command = warehouse.CreateCommand("select n, pg_sleep(0.002) from generate_series(1, 10) as n");
                await using var reader = await command.ExecuteReaderAsync(Token);
                Assert.Equal(Enumerable.Range(1, 10), await reader.RowsAsync(row => row.GetInt32(0), Token));
                read++;
            }

            return read;
        }
    }

    [Fact]
    public async Task Runs_are_paged_by_key_and_one_of_them_has_stages_and_checks()
    {
        for (var run = 0; run < 3; run++)
            await bench.Batch.RunAsync();

        var first = await bench.GetAsync("/runs?limit=2");
        Assert.Equal([4L, 3L], Ids(first.GetProperty("runs")));
        var second = await bench.GetAsync($"/runs?limit=2&before={first.GetProperty("next").GetInt64()}");
        Assert.Equal([2L, 1L], Ids(second.GetProperty("runs")));
        Assert.Equal(JsonValueKind.Null, (await bench.GetAsync($"/runs?limit=2&before={second.GetProperty("next").GetInt64()}")).GetProperty("next").ValueKind);

        var detail = await bench.GetAsync("/runs/1");
        Assert.Contains(detail.GetProperty("stages").EnumerateArray(), stage => Text(stage, "name") == "load" && stage.GetProperty("rows").GetInt64() == 4);
        var check = detail.GetProperty("checks").EnumerateArray().Single(check => Text(check, "name") == "amount_not_positive");
        Assert.Equal((false, 2L), (check.GetProperty("passed").GetBoolean(), check.GetProperty("failures").GetInt64()));
        Assert.Equal(["5", "6"], check.GetProperty("sample").EnumerateArray().Select(key => key.GetString()!).Order());
        Assert.Equal(5L, detail.GetProperty("rowsInQuarantine").GetInt64());
    }

    [Fact]
    public async Task A_run_under_way_tells_how_far_it_is()
    {
        await bench.Batch.WarehouseAsync("""
            insert into etl.run (kind, trigger, host) values ('batch', 'schedule', 'here');
            insert into etl.run_progress (run_id, doing, rows, of) select max(run_id), 'loading the transactions', 1200, 5000 from etl.run
            """);
        var running = (await bench.GetAsync("")).GetProperty("running");
        Assert.Equal(("loading the transactions", 1200L, 5000L), (Text(running.GetProperty("progress"), "doing"), running.GetProperty("progress").GetProperty("rows").GetInt64(), running.GetProperty("progress").GetProperty("of").GetInt64()));
    }

    [Fact]
    public async Task Rows_of_the_quarantine_are_filtered_and_shown_but_for_what_is_sealed()
    {
        await bench.Batch.WarehouseAsync("""
            insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, sealed, content_hash)
            values (1, 'transactions:3', 'stream', '17-0', 'malformed', 'It is no JSON.', convert_to('{"email":"ada@example.com"', 'utf8'), '\x01')
            """);

        var rows = (await bench.GetAsync("/quarantine?status=open&check=amount_not_positive&limit=1"));
        var newest = rows.GetProperty("rows")[0];
        Assert.Equal("6", Text(newest, "key"));
        var older = await bench.GetAsync($"/quarantine?status=open&check=amount_not_positive&before={rows.GetProperty("next").GetInt64()}");
        Assert.Equal("5", Text(older.GetProperty("rows").EnumerateArray().Single(), "key"));

        var row = await bench.GetAsync($"/quarantine/{newest.GetProperty("id").GetInt64()}");
        Assert.Equal((-6m, "Corner Cafe", false), (row.GetProperty("payload").GetProperty("amount").GetDecimal(), Text(row.GetProperty("payload"), "merchant_name"), row.GetProperty("withheld").GetBoolean()));

        var hidden = (await bench.GetAsync("/quarantine?origin=transactions:3")).GetProperty("rows")[0];
        Assert.Equal(26, hidden.GetProperty("sealed").GetInt32());
        using var answer = await bench.App.Http.GetAsync($"/api/pipeline/quarantine/{hidden.GetProperty("id").GetInt64()}", Token);
        Assert.DoesNotContain("ada@", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_tell_lag_length_and_what_redis_does_not_answer()
    {
        var database = bench.Redis.GetDatabase();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        for (var entry = 0; entry < 3; entry++)
            await database.StreamAddAsync(StreamNames.Transactions(2), "d", "{}", messageId: $"{now - 5_000 + entry}-0");
        await bench.Batch.WarehouseAsync($"insert into etl.stream_checkpoint (stream, last_entry, entries_read, owner, epoch) values ('transactions:2', '{now - 5_000}-0', 1, 'here/1', 'epoch-1')");

        var streams = await bench.GetAsync("/streams");

        Assert.Equal(8, streams.GetProperty("partitions").GetArrayLength());
        var partition = streams.GetProperty("partitions")[2];
        Assert.Equal((2L, 3L, "here/1", "epoch-1"), (partition.GetProperty("lag").GetInt64(), partition.GetProperty("length").GetInt64(), Text(partition, "owner"), Text(partition, "epoch")));
        Assert.InRange(partition.GetProperty("lagSeconds").GetDouble(), 4.9, 300);
        Assert.Equal(0L, streams.GetProperty("partitions")[0].GetProperty("lag").GetInt64());
    }

    [Fact]
    public async Task The_same_key_is_one_command_also_when_it_is_sent_at_once()
    {
        var key = Guid.NewGuid();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => bench.AskAsync("run", """{"full": true}""", key)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode));
        var accepted = await Task.WhenAll(answers.Select(answer => answer.Content.ReadFromJsonAsync<JsonElement>(Token)));
        Assert.Single(accepted.Select(one => one.GetProperty("id").GetInt64()).Distinct());
        Assert.Single(accepted, one => one.GetProperty("new").GetBoolean());
        Assert.Equal("run|{\"full\": true}|local|1", await bench.Batch.ReadAsync<string>("select concat_ws('|', min(name), min(arguments::text), min(requested_by), count(*)) from etl.command"));

        using var other = await bench.AskAsync("audit", "{}", key);
        Assert.Equal((HttpStatusCode.Conflict, "The key of this command was used for another one."), (other.StatusCode, await DetailAsync(other)));
    }

    [Theory]
    [InlineData("erase-customer", "{}", "There is no such command")]
    [InlineData("run", "[]", "The arguments of a command are a JSON object.")]
    [InlineData("rejected discard", """{"ids": [1], "because": "a\u0000b"}""", "The arguments hold a character that cannot be kept.")]
    public async Task What_is_no_command_is_refused_in_a_sentence_and_not_written(string name, string arguments, string sentence)
    {
        using var refused = await bench.AskAsync(name, arguments);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.StartsWith(sentence, await DetailAsync(refused), StringComparison.Ordinal);
        Assert.Equal(0L, await bench.Batch.ReadAsync<long>("select count(*) from etl.command"));
    }

    [Fact]
    public async Task A_command_too_long_is_refused()
    {
        using var refused = await bench.AskAsync("rejected discard", $$"""{"ids": [1], "because": "{{new string('x', 70_000)}}"}""");
        Assert.Equal((HttpStatusCode.BadRequest, "The arguments of a command have at most 65536 characters."), (refused.StatusCode, await DetailAsync(refused)));
    }

    [Theory]
    [InlineData("/runs/999", "There is no batch run 999.")]
    [InlineData("/quarantine/999", "There is no rejected row 999.")]
    [InlineData("/commands/999", "There is no command 999.")]
    public async Task What_does_not_exist_is_told_in_a_sentence(string path, string sentence)
    {
        using var missing = await bench.App.Http.GetAsync($"/api/pipeline{path}", Token);
        Assert.Equal((HttpStatusCode.NotFound, sentence), (missing.StatusCode, await DetailAsync(missing)));
    }

    [Fact]
    public async Task A_correction_goes_the_whole_way_from_the_page_to_a_fact()
    {
        bench.Commands.Start();
        var row = await bench.Commands.Quarantine.IdAsync("5");
        await AskedAsync("rejected fix", $$$"""{"id": {{{row}}}, "set": {"amount": "12.50", "merchant_name": "<script>alert(1)</script>"}}""");
        var replay = await AskedAsync("rejected replay", $$"""{"ids": [{{row}}]}""");

        Assert.Equal("Replayed 1 row: 1 became facts, 0 are in quarantine again.", Text(replay.GetProperty("answer"), "message"));
        var detail = await bench.GetAsync($"/quarantine/{row}");
        Assert.Equal(("replayed", "<script>alert(1)</script>"), (Text(detail.GetProperty("row"), "status"), Text(detail.GetProperty("fixed"), "merchant_name")));
        Assert.Equal(12.50m, (await bench.Batch.FactsAsync("transaction_id = '5'")).Amount);
    }

    private async Task<JsonElement> AskedAsync(string name, string arguments)
    {
        using var answer = await bench.AskAsync(name, arguments);
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("id").GetInt64();
        return await Eventually.ReadAsync(
            $"command {id} to be answered", _ => bench.GetAsync($"/commands/{id}"), command => Text(command, "outcome") == "succeeded", TimeSpan.FromSeconds(60), Token);
    }

    private static async Task<string?> DetailAsync(HttpResponseMessage answer) => Text(await answer.Content.ReadFromJsonAsync<JsonElement>(Token), "detail");

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static long Rows(JsonElement run, string entry) => run.GetProperty(entry).GetProperty("rows").GetInt64();

    private static IEnumerable<long> Ids(JsonElement rows) => rows.EnumerateArray().Select(row => row.GetProperty("id").GetInt64());
}
