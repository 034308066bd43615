using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>
/// Nothing that a producer can write crashes or stalls a partition: it becomes a fact, or is in quarantine. The number of mutated
/// payloads: <c>FINTECH_TEST_FUZZ_PAYLOADS</c> (20,000 where it is not given; 1,000,000 is the full run).
/// </summary>
public sealed class BadInputTests(Servers servers)
{
    private const int Partitions = 4;

    private static readonly int Payloads =
        int.TryParse(Environment.GetEnvironmentVariable("FINTECH_TEST_FUZZ_PAYLOADS"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 20_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void The_parser_takes_what_the_contracts_serializer_takes_and_reads_the_same()
    {
        var (parser, mutator) = (new EventParser(), new PayloadMutator(1));
        var taken = 0;
        for (var i = 0; i < Math.Max(Payloads, 100_000); i++)
        {
            var payload = mutator.Next();
            var expected = Deserialize(payload);
            Assert.True(
                parser.TryParse(payload, out var message, out var fault) == expected is not null && message == expected,
                $"Payload {i}, {Encoding.UTF8.GetString(payload.AsSpan(0, Math.Min(payload.Length, 600)))}: the serializer reads '{expected}', the parser '{message}' {fault}");
            taken += expected is null ? 0 : 1;
        }

        Assert.InRange(taken, Payloads / 10, Math.Max(Payloads, 100_000) * 9 / 10);
    }

    [Fact]
    public async Task Mutated_payloads_neither_crash_nor_stall_a_partition()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var began = Stopwatch.GetTimestamp();
        var sending = SendAsync(bench);
        var draining = Enumerable.Range(0, Partitions).Select(partition => DrainAsync(bench, partition, sending)).ToArray();
        var kept = await sending;
        await Task.WhenAll(draining);

        var totals = bench.Session.Counters.Totals;
        Assert.Equal(Payloads, totals.Read.Rows);
        Assert.Equal(Payloads, await bench.ScalarAsync<long>("select sum(entries_read)::bigint from etl.stream_checkpoint"));
        Assert.Equal(await bench.FactsAsync(), totals.Loaded.Rows);
        Assert.Equal(await bench.AmountAsync(), totals.Loaded.Amount);
        await bench.AssertConsistentAsync();

        // What could not be read can be read again, by whoever has the key.
        var looked = 0;
        foreach (var (stream, id, payload) in kept)
        {
            var body = await bench.ScalarAsync<byte[]>($"""
                select coalesce((select sealed from etl.rejected_row where origin = '{stream}' and source_system = 'stream' and record_key = '{id}'), '')
                """);
            if (body.Length == 0)
                continue;
            Assert.Equal([.. payload.Take(EventReader.LongestSealed)], bench.Keys.Current.Unseal(body));
            looked++;
        }

        Assert.NotEqual(0, looked);
        await PrintAsync(bench, totals, Stopwatch.GetElapsedTime(began));
    }

    /// <summary>Whole they would not fit into one statement: a partition could never get past a batch of them.</summary>
    [Fact]
    public async Task Megabytes_of_nonsense_are_cut_and_sealed()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var nonsense = Encoding.UTF8.GetBytes(new string('<', 1_000_000));
        for (var i = 0; i < 60; i++)
            await bench.Redis.StreamAddAsync(StreamNames.Transactions(0), StreamNames.PayloadField, nonsense);
        await bench.SendAsync(Workbench.Event("sound"));
        await bench.DrainAsync();

        Assert.Equal((1L, 60L), (await bench.FactsAsync(), await bench.ScalarAsync<long>("select count(*) from etl.rejected_row where reason like '%1000000 bytes%'")));
        Assert.True(await bench.ScalarAsync<int>("select max(length(sealed)) from etl.rejected_row") < 66_000);
    }

    [Fact]
    public async Task A_sound_event_of_a_megabyte_is_a_transaction()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.SendAsync(
            $$"""{"note":"{{new string('n', 1_000_000)}}","transaction_id":"t-1","customer_id":7,"amount":12.5,"merchant_name":"<b>Bold & Co</b>","timestamp":1767225600}""");
        await bench.DrainAsync();
        Assert.Equal("<b>Bold & Co</b>", await bench.ScalarAsync<string>("select merchant_name from dw.fact_transactions join dw.dim_merchant using (merchant_key)"));
    }

    private static TransactionEvent? Deserialize(byte[] payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload, ContractsJson.Default.TransactionEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <returns>A few of those sent, by stream and entry id.</returns>
    private static async Task<List<(string Stream, string Id, byte[] Payload)>> SendAsync(Workbench bench)
    {
        var mutator = new PayloadMutator(2);
        var kept = new List<(string, string, byte[])>();
        for (var sent = 0; sent < Payloads;)
        {
            var chunk = Enumerable.Range(sent, Math.Min(2000, Payloads - sent))
                .Select(i => (Stream: StreamNames.Transactions(i % Partitions), Payload: mutator.Next())).ToArray();
            var ids = await Task.WhenAll(chunk.Select(entry => bench.Redis.StreamAddAsync(entry.Stream, StreamNames.PayloadField, entry.Payload)));
            if (kept.Count < 400)
                kept.AddRange(chunk.Take(40).Zip(ids, (entry, id) => (entry.Stream, (string)id!, entry.Payload)));
            sent += chunk.Length;
        }

        return kept;
    }

    private static async Task DrainAsync(Workbench bench, int partition, Task sending)
    {
        await using var processor = bench.Processor(partition);
        while (true)
        {
            var complete = sending.IsCompleted;
            if (await processor.RunOnceAsync(Token) == 0 && complete)
                break;
        }
    }

    private static async Task PrintAsync(Workbench bench, StreamTotals totals, TimeSpan took)
    {
        var checks = await bench.ScalarAsync<string>("""
            select string_agg(format('%s %s', rows, check_name), ', ' order by rows desc)
            from (select check_name, count(*) as rows from etl.rejected_row group by check_name) counted
            """);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{totals.Read.Rows:N0} payloads in {took.TotalSeconds:0} s: {totals.Loaded.Rows:N0} facts, {totals.Known.Rows:N0} known, {totals.Quarantined.Rows:N0} quarantined ({checks})"));
    }
}
