using Fintech.Etl.Worker.Batch;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>What a pass notices about the source as a whole: that nothing new comes, or far more or less than usual.</summary>
public sealed class SourceWatchTests(Servers servers)
{
    [Fact]
    public async Task A_source_without_new_transactions_is_stale_after_a_while()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.RunAsync();
        Assert.Equal("passed", await ResultAsync(bench, "source_fresh"));      // Of an empty source nothing can be said.

        await bench.SourceAsync("insert into transactions (transaction_date, amount) values ((now() at time zone 'UTC') - interval '2 hours', 1)");
        await bench.RunAsync();
        Assert.Equal("passed", await ResultAsync(bench, "source_fresh"));

        bench.Time.Ahead = TimeSpan.FromHours(23);
        await bench.RunAsync();
        Assert.Matches(@"^\{""20\d\d-\d\d-\d\d \d\d:\d\d UTC""\}$", await ResultAsync(bench, "source_fresh"));

        bench.Options = new BatchOptions { FreshWithin = TimeSpan.FromDays(2) };
        await bench.RunAsync();
        Assert.Equal("passed", await ResultAsync(bench, "source_fresh"));
    }

    [Fact]
    public async Task Far_more_or_far_fewer_rows_than_usual_are_noticed()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        for (var i = 0; i < 5; i++)
        {
            await AddAsync(bench, 200);
            await bench.RunAsync();
            Assert.Equal("passed", await ResultAsync(bench, "volume"));
        }

        await AddAsync(bench, 2_100);
        await bench.RunAsync();
        Assert.Equal("{\"2100 rows, usual are 200\"}", await ResultAsync(bench, "volume"));

        await bench.RunAsync();
        Assert.Equal("{\"0 rows, usual are 200\"}", await ResultAsync(bench, "volume"));

        await bench.RunAsync(BatchBench.Full);
        Assert.Equal("passed", await ResultAsync(bench, "volume"));     // A backfill reads as much as it is asked to.

        await AddAsync(bench, 25);
        await bench.RunAsync();
        Assert.Equal("passed", await ResultAsync(bench, "volume"));
    }

    private static Task AddAsync(BatchBench bench, int rows) =>
        bench.SourceAsync($"insert into transactions (transaction_date, amount) select now(), i from generate_series(1, {rows}) i");

    private static Task<string> ResultAsync(BatchBench bench, string check) => bench.ReadAsync<string>(
        $"select case when passed then 'passed' else sample::text end from etl.check_result where name = '{check}' order by run_id desc limit 1");
}
