using Fintech.Analysis;
using Fintech.Analysis.Warehouse;
using Fintech.Tests.Warehouse;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Analysis;

public sealed class EdaCommandTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_document_is_written_and_says_what_it_read()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        using var folder = new TemporaryFolder();
        var (code, output, progress) = await RunAsync("--connection", bench.ConnectionString, "--out", folder.File("sub/eda.html"));
        Assert.True(code == 0, progress);
        Assert.Contains("600 transactions", output, StringComparison.Ordinal);
        Assert.Contains("[6/6]", progress, StringComparison.Ordinal);

        var html = await File.ReadAllTextAsync(folder.File("sub/eda.html"), Token);
        Assert.Contains("Payments from 5 January 2026 to 22 January 2026", html, StringComparison.Ordinal);
        Assert.Contains("The data reconcile", html, StringComparison.Ordinal);
        Assert.Contains("in one snapshot", html, StringComparison.Ordinal);
        Assert.Contains("from analysis.hourly(timestamptz", html.Replace("<b>", "").Replace("</b>", ""), StringComparison.Ordinal);
        Assert.DoesNotContain("http://", html.Replace("http://www.w3.org/2000/svg", ""), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder.File("sub")));
    }

    [Fact]
    public async Task A_warehouse_without_transactions_is_a_sentence_and_its_own_exit_code()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, []);
        using var folder = new TemporaryFolder();
        var (code, _, progress) = await RunAsync("--connection", bench.ConnectionString, "--out", folder.File("eda.html"));
        Assert.Equal(ExitCode.Empty, code);
        Assert.Contains("has no transactions yet", progress, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("eda.html")));
    }

    [Fact]
    public async Task A_period_without_transactions_is_named()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        using var folder = new TemporaryFolder();
        var (code, _, progress) = await RunAsync("--connection", bench.ConnectionString, "--from=2020-01-01", "--to", "2020-02-01", "--out", folder.File("eda.html"));
        Assert.Equal(ExitCode.Empty, code);
        Assert.Contains("has no transactions from 2020-01-01 00:00 UTC, before 2020-02-01 00:00 UTC", progress, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_warehouse_that_cannot_be_read_is_a_sentence()
    {
        var (code, _, progress) = await RunAsync("--connection", "Host=127.0.0.1;Port=1;Username=nobody;Database=warehouse;Timeout=5");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("127.0.0.1:1 cannot be reached", progress, StringComparison.Ordinal);

        (code, _, progress) = await RunAsync("--connection", await servers.CreateDatabaseAsync(Token));
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("has no schema 'analysis'", progress, StringComparison.Ordinal);

        (code, _, progress) = await RunAsync("--connection", "Hostess=nobody");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("connection string cannot be used", progress, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_is_read_is_of_one_moment_however_many_connections_read()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        await using var reader = await WarehouseReader.OpenAsync(bench.ConnectionString, Token);
        Assert.Equal(3, reader.Connections);
        await bench.ExecuteAsync("delete from dw.fact_transactions where transaction_id < 't3'");
        var counted = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => reader.ReadAsync("select 'n', to_jsonb(count(*)) from dw.fact_transactions cross join pg_sleep(0.1)", Token)));
        Assert.All(counted, answer => Assert.Equal([("n", "600")], answer.Rows));
    }

    [Fact]
    public async Task A_login_of_an_analyst_with_one_connection_is_enough()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        // Each has a login of its own: the server counts a connection for a moment after it was closed.
        await using (var first = await AnalystLogin.CreateAsync(bench, connections: 1, Token))
        {
            await using var reader = await WarehouseReader.OpenAsync(first.ConnectionString, Token);
            Assert.Equal(1, reader.Connections);
        }

        await using var login = await AnalystLogin.CreateAsync(bench, connections: 1, Token);
        using var folder = new TemporaryFolder();
        var (code, output, progress) = await RunAsync("--connection", login.ConnectionString, "--out", folder.File("eda.html"));
        Assert.True(code == 0, progress);
        Assert.Contains("600 transactions", output, StringComparison.Ordinal);
        Assert.Contains("one statement at a time", progress, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_running_platform_the_sentence_says_how_to_start_one()
    {
        using var folder = new TemporaryFolder();
        var progress = new StringWriter();
        var code = await EdaCommand.RunAsync(
            [], name => name == "Embedded__DataFolder" ? folder.File("") : null, TextWriter.Null, progress, TimeProvider.System, Token);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("No local platform runs", progress.ToString(), StringComparison.Ordinal);
        Assert.Contains("dotnet run --project Fintech.AppHost", progress.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'--fast' is not an option", "--fast")]
    [InlineData("--from needs a value", "--from")]
    [InlineData("is no date", "--from", "yesterday")]
    [InlineData("--to must be later", "--from", "2026-02-01", "--to", "2026-02-01")]
    [InlineData("--out is given twice", "--out", "a", "--out=b")]
    public async Task Wrong_options_are_told_before_anything_is_tried(string expected, params string[] args)
    {
        var (code, _, progress) = await RunAsync(args);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(expected, progress, StringComparison.Ordinal);
    }

    [Fact]
    public void The_local_platform_is_found_by_its_data_folder()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("dwh/cluster"));
        File.WriteAllText(folder.File("secrets.json"), """{ "Parameters:dwh-password": "p;w" }""");
        File.WriteAllLines(folder.File("dwh/cluster/postmaster.pid"), ["4711", "/data", "1767225600", "54321", "", "localhost"]);
        var found = new NpgsqlConnectionStringBuilder(LocalPlatform.ConnectionString(folder.File("")));
        Assert.Equal((54321, "p;w", "warehouse"), (found.Port, found.Password, found.Database));
    }

    [Fact]
    public async Task An_analyst_may_read_every_view_and_neither_the_salt_nor_a_book()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        foreach (var role in (string[])["fintech_analyst", "fintech_dashboard"])
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Options = $"-c role={role}", Pooling = false }.ConnectionString);
            await connection.OpenAsync(Token);
            await using var list = new NpgsqlCommand("select table_name from information_schema.views where table_schema = 'analysis' order by 1", connection);
            var views = new List<string>();
            await using (var reader = await list.ExecuteReaderAsync(Token))
            {
                while (await reader.ReadAsync(Token))
                    views.Add(reader.GetString(0));
            }

            Assert.True(views.Count >= 13, $"{role} sees {string.Join(", ", views)}");
            foreach (var view in views)
            {
                await using var read = new NpgsqlCommand($"select count(*) from analysis.{view}", connection);
                await read.ExecuteScalarAsync(Token);
            }

            await using var salt = new NpgsqlCommand("select salt from analysis.pseudonym_salt", connection);
            var refused = await Assert.ThrowsAsync<PostgresException>(() => salt.ExecuteScalarAsync(Token));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    [Fact]
    public async Task Every_view_and_its_defining_columns_are_documented()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, []);
        Assert.Equal(0, await bench.Warehouse.ScalarAsync<long>(
            "select count(*) from pg_class where relnamespace = 'analysis'::regnamespace and relkind in ('v', 'r') and obj_description(oid, 'pg_class') is null", Token));
        foreach (var (view, column) in new[] { ("transaction", "revenue"), ("customer_value", "purchases"), ("daily", "alert_rate") })
        {
            Assert.StartsWith("The definition of", await bench.Warehouse.ScalarAsync<string>(
                $"select col_description('analysis.{view}'::regclass, attnum) from pg_attribute where attrelid = 'analysis.{view}'::regclass and attname = '{column}'", Token), StringComparison.Ordinal);
        }
    }

    private static async Task<(int Code, string Output, string Progress)> RunAsync(params string[] args)
    {
        var (output, progress) = (new StringWriter(), new StringWriter());
        var code = await EdaCommand.RunAsync(args, _ => null, output, progress, TimeProvider.System, Token);
        return (code, output.ToString(), progress.ToString());
    }
}
