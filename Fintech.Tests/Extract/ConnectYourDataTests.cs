using System.Diagnostics;
using System.Text.RegularExpressions;
using Fintech.Tests.Batch;
using MongoDB.Bson;
using MongoDB.Driver;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Extract;

/// <summary>
/// Follows docs/connect-your-data.md to the letter: its schema, grants, extracts, settings and commands are what runs here. Only
/// hosts, databases and the name of the login are those of the test.
/// </summary>
public sealed partial class ConnectYourDataTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_example_of_the_page_runs_and_reconciles()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "connect-your-data.md"), Token);
        var blocks = Block().Matches(page).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["text"].Value);
        var folder = Directory.CreateTempSubdirectory("fintech-connect-").FullName;
        foreach (var file in new[] { "accounts.sql", "payments.sql" })
            await File.WriteAllTextAsync(Path.Combine(folder, file), blocks[file], Token);

        var (source, warehouse) = (await servers.CreateDatabaseAsync(Token), await servers.CreateDatabaseAsync(Token));
        var login = $"fintech_reader_{Guid.NewGuid():n}"[..30];
        await using var ledger = NpgsqlDataSource.Create(source);
        await ExecuteAsync(ledger, blocks["ledger"]);
        await ExecuteAsync(ledger, blocks["grants"].Replace("fintech_reader", login, StringComparison.Ordinal));
        try
        {
            var environment = Setting().Matches(blocks["settings"]).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value);
            var given = new NpgsqlConnectionStringBuilder(environment["ConnectionStrings__source"]);
            environment["ConnectionStrings__source"] = new NpgsqlConnectionStringBuilder(source) { Username = login, Password = given.Password }.ConnectionString;
            environment["ConnectionStrings__warehouse"] = warehouse;
            environment["ConnectionStrings__merchants"] = await ShopsAsync(environment["Etl__Merchants__Collection"]);
            environment["Privacy__PiiKey"] = BatchBench.Secret;

            await ExecuteAsync(ledger, """
                insert into bank.accounts (account_no, given_name, family_name, mail, opened_at)
                select 7000000000 + i, 'Ada', 'Lovelace', 'ada' || i || '@example.com', '2020-01-01 23:30+00' from generate_series(1, 10) i;
                insert into bank.payments (account_no, booked_at, cents, currency, shop, kind)
                select 7000000001 + i % 10, timestamptz '2026-01-05 10:00+01' + i * interval '1 minute', 1000 + i, 'EUR', case i % 3 when 0 then 'Corner Cafe' else 'Green Grocer' end, 'P'
                from generate_series(1, 500) i;
                insert into bank.payments (account_no, booked_at, cents, currency, shop, kind) values (7000000001, now(), 0, 'EUR', 'Corner Cafe', 'P');
                """);
            var commands = Command().Matches(blocks["commands"]).Select(match => match.Groups["command"].Value).ToList();
            Assert.Equal(["run", "audit"], commands);

            var (code, output, error) = await RunAsync(folder, environment, commands[0]);
            Assert.Equal((0, ""), (code, error));
            Assert.Contains("read 501 rows, 6,252.50 = loaded 500 rows, 6,252.50 + quarantined 1 rows, 0.00 + already known 0 rows, 0.00", output);
            (code, output, error) = await RunAsync(folder, environment, commands[1]);
            Assert.Equal((0, ""), (code, error));
            Assert.EndsWith("The facts are what the source holds.", output.TrimEnd());

            await using var stars = NpgsqlDataSource.Create(warehouse);
            Assert.Equal("500 6252.50 7000000010 2020-01-01 Ada Restaurants Groceries 2026-01-05 09:01", await ReadAsync(stars, """
                select concat_ws(' ', count(*), sum(amount), max(customer_id), min(signup_date), min(first_name), max(category), min(category),
                                 to_char(min(occurred_at) at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
                from dw.fact_transactions join dw.dim_customer using (customer_key) join dw.dim_merchant using (merchant_key)
                where source_system = 'bank' and currency = 'EUR'
                """));
            Assert.Equal("", await ReadAsync(stars, "select concat_ws(' ', string_agg(name, ' ')) from etl.check_result where name = 'new_columns' and not passed"));
            await using var reader = NpgsqlDataSource.Create(environment["ConnectionStrings__source"]);
            await using var write = reader.CreateCommand("set transaction read write; delete from bank.payments");
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => write.ExecuteNonQueryAsync(Token))).SqlState);
        }
        finally
        {
            await ExecuteAsync(ledger, $"drop owned by {login}; drop role {login}");
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<string> ShopsAsync(string collection)
    {
        var url = new MongoUrlBuilder(await servers.MongoAsync()) { DatabaseName = $"test_{Guid.NewGuid():n}" };
        if (url.Username is not null)
            url.AuthenticationSource ??= "admin";
        using var client = new MongoClient(url.ToMongoUrl());
        await client.GetDatabase(url.DatabaseName).GetCollection<BsonDocument>(collection).InsertManyAsync(
            [
                new BsonDocument { ["title"] = "Corner Cafe", ["trade"] = new BsonDocument { ["branch"] = "Restaurants", ["since"] = 1990 } },
                new BsonDocument { ["title"] = "Green Grocer", ["trade"] = new BsonDocument("branch", "Groceries") },
                new BsonDocument { ["title"] = "Plain Shop", ["trade"] = "none" },
            ], cancellationToken: Token);
        return url.ToString();
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string folder, Dictionary<string, string> environment, string command)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Fintech.Etl.Worker.dll"), command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Token), process.StandardError.ReadToEndAsync(Token));
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, await output, await error);
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    private static async Task<string> ReadAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Fintech.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Fintech.sln.");
    }

    // ```sql payments.sql
    // select …
    // ```
    [GeneratedRegex(@"^```(?:sql|sh) (?<name>\S+)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    // export Etl__Currency='EUR'
    [GeneratedRegex(@"^export (?<name>\w+)=(?<quote>['""])(?<value>.*)\k<quote>$", RegexOptions.Multiline)]
    private static partial Regex Setting();

    // dotnet run --project Fintech.Etl.Worker -- run
    [GeneratedRegex(@"^dotnet run --project Fintech\.Etl\.Worker -- (?<command>\w+)$", RegexOptions.Multiline)]
    private static partial Regex Command();
}
