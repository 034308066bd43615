using System.Diagnostics;
using Fintech.Tests.Batch;
using MongoDB.Driver;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Privacy;

/// <summary>The commands as processes of their own, as somebody types them.</summary>
public sealed class PrivacyCommandTests(Servers servers)
{
    private const string NewSecret = "another-only-for-tests-0123456789-0123456789";
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_customer_is_erased_and_the_key_rotated_by_command()
    {
        var environment = await CreateAsync();
        Assert.Equal(0, (await RunAsync(environment, "run")).Code);

        var rehearsal = await RunAsync(environment, "erase-customer", "770077007");
        Assert.Equal(2, rehearsal.Code);
        Assert.Matches("versions in dim_customer emptied +1\n", rehearsal.Output);
        Assert.Equal("error: Nothing was erased: add --yes to do it.\n", rehearsal.Error);

        var erased = await RunAsync(environment, "erase-customer", "770077007", "--yes");
        Assert.Equal((0, ""), (erased.Code, erased.Error));
        Assert.Matches("transactions kept, now anonymous +2\n(.*\n)*Receipt 1 in etl.audit, subject [0-9a-f]{64}\n$", erased.Output);
        Assert.StartsWith("This customer was erased already", (await RunAsync(environment, "erase-customer", "770077007", "--yes")).Output);
        Assert.Equal(2, (await RunAsync(environment, "erase-customer", "Lovelace")).Code);

        Assert.Contains("There is nothing to rotate", (await RunAsync(environment, "rotate-key")).Error);
        environment["Privacy__FormerKey"] = environment["Privacy__PiiKey"];
        environment["Privacy__PiiKey"] = NewSecret;
        var rotated = await RunAsync(environment, "rotate-key", "--batch", "60");
        Assert.Equal((0, ""), (rotated.Code, rotated.Error));
        Assert.StartsWith("Key version 2: 60 customers re-hashed, 0 rows sealed again\nKey version 2: 100 customers re-hashed, 0 rows sealed again\nKey version 2 is complete: 100 customers re-hashed", rotated.Output);
        environment.Remove("Privacy__FormerKey");
        var pass = await RunAsync(environment, "run", "--full");
        Assert.Contains("already known 3 rows", pass.Output);
        Assert.Matches("customer versions, staged +0 rows", pass.Output);

        foreach (var told in (string[])[rehearsal.Output, erased.Output, erased.Error, rotated.Output, pass.Output, pass.Error])
        {
            Assert.DoesNotContain("770077007", told);
            Assert.DoesNotContain("Lovelace", told);
        }
    }

    [Theory]
    [InlineData("Etl__Privacy__Columns__last_name", "keep", "error: Etl:Privacy:Columns:last_name is keep, which is refused")]
    [InlineData("Privacy__PiiKey", "0123456789abcdef0123456789abcdef", "error: Privacy:PiiKey is written in hexadecimal digits")]
    public async Task A_setting_that_would_give_data_away_is_refused_at_start(string name, string value, string sentence)
    {
        var environment = await CreateAsync();
        environment[name] = value;
        var (code, output, error) = await RunAsync(environment, "run");
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(sentence, error);
    }

    private async Task<Dictionary<string, string>> CreateAsync()
    {
        var source = await servers.CreateDatabaseAsync(Token);
        await using var fill = NpgsqlDataSource.Create(source);
        await using var command = fill.CreateCommand($"""
            {BatchBench.SourceSchema}
            insert into customers (customer_id, last_name) select i, 'Builder' from generate_series(1, 100) i;
            insert into customers values (770077007, 'Ada', 'Lovelace', 'ada@private.example', '2020-01-01');
            insert into transactions (customer_id, transaction_date, amount) values (770077007, '2026-01-05', 1), (770077007, '2026-01-06', 2), (1, '2026-01-06', 4);
            """);
        await command.ExecuteNonQueryAsync(Token);
        var mongo = new MongoUrlBuilder(await servers.MongoAsync()) { DatabaseName = $"test_{Guid.NewGuid():n}" };
        if (mongo.Username is not null)
            mongo.AuthenticationSource ??= "admin";
        return new()
        {
            ["ConnectionStrings__source"] = source,
            ["ConnectionStrings__merchants"] = mongo.ToString(),
            ["ConnectionStrings__warehouse"] = await servers.CreateDatabaseAsync(Token),
            ["Privacy__PiiKey"] = BatchBench.Secret,
        };
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Fintech.Etl.Worker.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Token), process.StandardError.ReadToEndAsync(Token));
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, await output, await error);
    }
}
