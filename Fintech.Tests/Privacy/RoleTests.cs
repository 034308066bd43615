using Fintech.Tests.Batch;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Privacy;

/// <summary>Who sees what: with <c>SET ROLE</c>, as services take theirs on every connection.</summary>
public sealed class RoleTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_analyst_reads_the_star_schema_and_no_book_of_the_etl()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.RunAsync();
        foreach (var table in await bench.ListAsync("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'dw'"))
            await AllowedAsync(bench, "fintech_analyst", $"select count(*) from {table}");
        foreach (var table in await bench.ListAsync("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'etl' union select 'etl.quarantine_summary'"))
            await DeniedAsync(bench, "fintech_analyst", $"select count(*) from {table}");
        foreach (var statement in (string[])["insert into dw.dim_customer (customer_id) values (1)", "delete from dw.fact_transactions", "update dw.dim_customer set first_name = 'x'", "create table dw.mine (x int)", "set role fintech_etl"])
            await DeniedAsync(bench, "fintech_analyst", statement);
    }

    [Fact]
    public async Task The_dashboard_sees_that_something_was_quarantined_and_not_what()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.RunAsync();
        foreach (var table in (string[])["dw.fact_transactions", "dw.dim_customer", "etl.run", "etl.check_result", "etl.watermark", "etl.stream_checkpoint", "etl.rule_set", "etl.command", "etl.quarantine_summary", "etl.quarantine_row", "etl.run_progress", "etl.watermark_gap"])
            await AllowedAsync(bench, "fintech_dashboard", $"select count(*) from {table}");
        foreach (var table in (string[])["etl.rejected_row", "etl.pii_key", "etl.erased_subject", "etl.audit"])
            await DeniedAsync(bench, "fintech_dashboard", $"select count(*) from {table}");
        foreach (var statement in (string[])
        [
            "delete from dw.fact_transactions", "update dw.fact_transactions set amount = 0", "insert into dw.dim_customer (customer_id) values (1)",
            "update etl.command set answer = '{}'", "update etl.command set outcome = 'cancelled'", "delete from etl.command", "insert into etl.command (name, requested_by, started_at) values ('run', 'x', now())",
            "insert into etl.rule_set (rules, created_by) values ('[]', 'x')", "update etl.rejected_row set status = 'open'", "select sealed from etl.rejected_row",
            "delete from etl.run_progress", "update etl.quarantine_row set status = 'open'", "delete from etl.quarantine_row",
            "delete from etl.audit", "delete from etl.erased_subject", "set role fintech_etl",
        ])
        {
            await DeniedAsync(bench, "fintech_dashboard", statement);
        }

        await AllowedAsync(bench, "fintech_dashboard", "insert into etl.command (name, requested_by) values ('run', 'somebody')");
        await AllowedAsync(bench, "fintech_dashboard", "insert into etl.command (name, requested_by, request_key) values ('run', 'somebody', gen_random_uuid())");
    }

    [Fact]
    public async Task The_dashboard_sees_of_a_rejected_row_the_fields_of_the_contract_and_nothing_that_is_sealed()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.RunAsync();
        await bench.WarehouseAsync("""
            insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, payload, fixed_payload, content_hash)
            values (1, 'transactions', 'ledger', '1', 'x', 'x', '{"amount": 1, "last_name": "Lovelace", "email": "ada@example.com"}', '{"amount": 2, "email": "ada@example.com"}', '\x01');
            insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, sealed, content_hash)
            values (1, 'transactions:3', 'stream', '2', 'malformed', 'x', convert_to('ada@example.com', 'utf8'), '\x02')
            """);
        Assert.Equal(
            ["""{"amount": 1}|{"amount": 2}|""", "||15"],
            await bench.ListAsync("select concat(payload, '|', fixed_payload, '|', sealed_bytes) from etl.quarantine_row order by rejected_id"));
        Assert.Equal(
            0L,
            await bench.ReadAsync<long>("select count(*) from etl.quarantine_row as shown where shown::text like '%Lovelace%' or shown::text like '%example.com%'"));
    }

    [Fact]
    public async Task No_role_is_a_superuser_or_logs_in_by_itself()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        Assert.Equal(
            ["fintech_analyst", "fintech_dashboard", "fintech_etl"],
            await bench.ListAsync("""
                select rolname from pg_roles
                where rolname like 'fintech\_%' and not (rolsuper or rolcanlogin or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
                order by 1
                """));
    }

    private static async Task AllowedAsync(BatchBench bench, string role, string statement) => Assert.Null(await RefusalAsync(bench, role, statement));

    private static async Task DeniedAsync(BatchBench bench, string role, string statement)
    {
        var refusal = await RefusalAsync(bench, role, statement);
        Assert.True(refusal == PostgresErrorCodes.InsufficientPrivilege, $"{role} may run '{statement}' ({refusal ?? "no error"}).");
    }

    /// <summary>Set as the session's authorization, so that it cannot be left by another SET ROLE.</summary>
    private static async Task<string?> RefusalAsync(BatchBench bench, string role, string statement)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(bench.Warehouse.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Token);
        await using var take = new NpgsqlCommand($"set session authorization {role}", connection);
        await take.ExecuteNonQueryAsync(Token);
        await using var command = new NpgsqlCommand(statement, connection);
        try
        {
            await command.ExecuteNonQueryAsync(Token);
            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }
}
