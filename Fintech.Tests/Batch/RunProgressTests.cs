using Fintech.Etl.Worker.Batch;
using Fintech.Tests.Warehouse;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Batch;

public sealed class RunProgressTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_under_way_says_how_far_it_is_and_a_closed_one_is_left_alone()
    {
        await using var warehouse = await WarehouseDatabase.CreateAsync(servers, Token);
        var report = new PassReport
        {
            RunId = (long)(await ScalarAsync("insert into etl.run (kind, trigger, host) values ('batch', 'test', 'test') returning run_id"))!,
            RowsExpected = 100_000,
        };
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var telling = new RunProgress(warehouse.DataSource, report, TimeProvider.System, NullLogger.Instance).RunAsync(ended.Token);

        report.RowsRead = 63_000;
        await SaysAsync("63000 of 100000");
        report.RowsRead = 64_000;
        await SaysAsync("64000 of 100000");

        // The pass closes its row inside its transaction: progress that waits for the row must not overwrite what it says.
        await using (var pass = await warehouse.DataSource.OpenConnectionAsync(Token))
        await using (var transaction = await pass.BeginTransactionAsync(Token))
        {
            await using var close = new NpgsqlCommand("update etl.run set status = 'succeeded', finished_at = clock_timestamp(), rows_read = 99000", pass);
            await close.ExecuteNonQueryAsync(Token);
            report.RowsRead = 65_000;
            await Eventually.IsTrueAsync(
                "progress to wait for the row",
                async _ => (long)(await ScalarAsync("select count(*) from pg_locks where not granted and pid in (select pid from pg_stat_activity where datname = current_database())"))! > 0,
                TimeSpan.FromSeconds(30), Token);
            await transaction.CommitAsync(Token);
        }

        await SaysAsync("99000 of 100000");
        await ended.CancelAsync();
        await telling;
        await SaysAsync("99000 of 100000");

        Task SaysAsync(string what) => Eventually.IsTrueAsync(
            $"the run to say {what}",
            async _ => (string)(await ScalarAsync("select rows_read || ' of ' || coalesce(rows_expected::text, '?') from etl.run"))! == what,
            TimeSpan.FromSeconds(30), Token);

        async Task<object?> ScalarAsync(string sql)
        {
            await using var command = warehouse.DataSource.CreateCommand(sql);
            return await command.ExecuteScalarAsync(Token);
        }
    }
}
