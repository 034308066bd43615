using System.Diagnostics;
using System.IO.Compression;
using Fintech.Producer.Replay;
using Xunit;

namespace Fintech.Tests.Producer;

/// <summary>The command <c>replay</c> as a process of its own, against a real Redis.</summary>
public sealed class ReplayTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fintech-replay-");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Columns_are_mapped_and_bad_lines_are_listed_with_number_and_reason_and_a_second_replay_sends_the_same()
    {
        await using var redis = await RedisServer.StartAsync();
        var file = Write("cards.csv",
            "nr;when;customer_id;terminal;amount;note",
            "1;2026-01-05T10:00:00;7;901;12.50;\"a; b\"",
            "2;2026-01-05T10:00:01;8;902;none;x",
            "3;2026-01-05T10:00:02;9;903;5;x;one too many",
            "4;2026-01-05T10:00:03;7;901;0.00;x",
            "5;yesterday;7;901;1.00;x",
            "6;2026-01-05T10:00:04;7;901;\"3.10;x",
            "7;2026-01-05T10:00:05;7;902;1.25;x");
        string[] words = [file, "--speed", "max", "--map", "transaction_id=nr", "--map", "timestamp=when", "--set", "merchant_name=Terminal {terminal}!", "--set", "currency=EUR"];

        var (code, output, _) = await RunAsync(redis, words);
        var first = await PublishedEntry.ReadAllAsync(redis);

        Assert.Equal(0, code);
        Assert.Contains("2 transactions over 13.75 are in the streams", output, StringComparison.Ordinal);
        Assert.Equal(["1", "7"], first.Select(entry => entry.Event.TransactionId));
        Assert.Equal(("Terminal 901!", "EUR", "replay"), (first[0].Event.MerchantName, first[0].Event.Currency, first[0].Event.Source));
        Assert.Equal(new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero), first[0].Event.Timestamp);
        Assert.Equal(
            [
                "line,reason",
                "3,\"The field amount is not a number with a decimal point.\"",
                "4,\"The line has more or fewer columns than the header.\"",
                "5,\"The field amount of a purchase is not above zero.\"",
                "6,\"The field timestamp is neither Unix seconds nor ISO 8601.\"",
                "7,\"The quotes of the line are broken.\"",
            ],
            await File.ReadAllLinesAsync($"{file}.rejected.csv", Cancelled));

        await RunAsync(redis, words);
        var both = await PublishedEntry.ReadAllAsync(redis);
        Assert.Equal(4, both.Count);
        Assert.Equal(2, both.Select(entry => entry.Event).Distinct().Count());
    }

    [Fact]
    public async Task Rebased_times_keep_their_distances_and_ids_tell_one_rebase_from_another()
    {
        await using var redis = await RedisServer.StartAsync();
        var file = Write("cards.csv",
            "customer_id,merchant_name,amount,timestamp",
            "7,Corner Cafe,1.00,2018-04-01T00:00:31",
            "7,Corner Cafe,1.00,2018-04-02T00:00:31",
            "7,Corner Cafe,1.00,2018-04-01T12:00:31");
        var gzip = Path.Combine(folder.FullName, "cards.csv.gz");
        await using (var packed = new GZipStream(File.Create(gzip), CompressionLevel.Fastest))
            await packed.WriteAsync(await File.ReadAllBytesAsync(file, Cancelled), Cancelled);

        await RunAsync(redis, gzip, "--speed", "max", "--rebase-to", "2026-01-10T00:00:00Z");
        var once = (await PublishedEntry.ReadAllAsync(redis)).Select(entry => entry.Event).ToList();
        Assert.Equal(
            ["2026-01-09T00:00:00", "2026-01-10T00:00:00", "2026-01-09T12:00:00"],
            once.Select(transaction => transaction.Timestamp.ToString("s")));
        Assert.Equal(3, once.Select(transaction => transaction.TransactionId).Distinct().Count());

        await RunAsync(redis, gzip, "--speed", "max", "--rebase-to", "2026-01-10T00:00:00Z");
        Assert.Equal(3, (await PublishedEntry.ReadAllAsync(redis)).Select(entry => entry.Event).Distinct().Count());
        var (_, output, _) = await RunAsync(redis, gzip, "--speed", "max", "--rebase");
        Assert.Equal(6, (await PublishedEntry.ReadAllAsync(redis)).Select(entry => entry.Event.TransactionId).Distinct().Count());
        Assert.Contains("for the same transactions again: --rebase-to", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_speed_is_a_multiple_of_real_time()
    {
        await using var redis = await RedisServer.StartAsync();
        var lines = Enumerable.Range(0, 7).Select(i => $"7,Corner Cafe,1.00,{1767225600 + (30 * i)}");
        var file = Write("cards.csv", ["customer_id,merchant_name,amount,timestamp", .. lines]);

        await RunAsync(redis, file, "--speed", "60");

        // Three minutes in three seconds, by Redis' own clock.
        await using var connection = await redis.ConnectAsync();
        var arrivals = new List<long>();
        for (var partition = 0; partition < 8; partition++)
        {
            foreach (var entry in await connection.GetDatabase().StreamRangeAsync($"transactions:{partition}"))
                arrivals.Add(long.Parse(((string)entry.Id!).Split('-')[0], System.Globalization.CultureInfo.InvariantCulture));
        }

        Assert.Equal(7, arrivals.Count);
        Assert.InRange(arrivals.Max() - arrivals.Min(), 2_500, 15_000);
    }

    [Fact]
    public async Task Interrupted_it_says_what_is_sent_and_that_the_rest_can_follow()
    {
        await using var redis = await RedisServer.StartAsync();
        var file = Write("cards.csv", "customer_id,merchant_name,amount,timestamp", "7,Corner Cafe,1.00,2026-01-05T00:00:00", "7,Corner Cafe,1.00,2026-02-05T00:00:00");
        using var process = Start($"127.0.0.1:{redis.Port}", [file]);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Cancelled), process.StandardError.ReadToEndAsync(Cancelled));
        await Eventually.IsTrueAsync(
            "the first transaction", async _ => (await PublishedEntry.ReadAllAsync(redis)).Count == 1, TimeSpan.FromSeconds(60), Cancelled);

        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
            await kill.WaitForExitAsync(Cancelled);
        try
        {
            await process.WaitForExitAsync(Cancelled).WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        }
        catch (TimeoutException)
        {
            process.Kill();
            Assert.Fail("The replay did not end within a minute of SIGINT. A shell that starts the tests with & has them ignore it.");
        }

        Assert.Equal(130, process.ExitCode);
        Assert.Contains("1 transactions over 1.00 are in the streams", await output, StringComparison.Ordinal);
        Assert.Contains("Interrupted. Run the same again", await error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_that_nothing_holds_is_named_with_those_that_are_there()
    {
        await using var redis = await RedisServer.StartAsync();
        var file = Write("cards.csv", "id,customer_id,amount", "1,7,1.00");

        var (code, _, error) = await RunAsync(redis, file);
        var (codeOfMapping, _, errorOfMapping) = await RunAsync(redis, file, "--map", "timestamp=when");

        Assert.Equal((2, 2), (code, codeOfMapping));
        Assert.Contains("No column holds merchant_name, timestamp", error, StringComparison.Ordinal);
        Assert.Contains("The columns are: id, customer_id, amount.", error, StringComparison.Ordinal);
        Assert.Contains("The file has no column 'when'.", errorOfMapping, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("No file is named.")]
    [InlineData("--speed needs a value.", "a.csv", "--speed")]
    [InlineData("--speed is a number above zero, or max.", "a.csv", "--speed", "0")]
    [InlineData("'--fast' is no option of replay.", "a.csv", "--fast")]
    [InlineData("'cost' is no field of a transaction; these are: transaction_id, customer_id,", "a.csv", "--map", "cost=amount")]
    [InlineData("--set is FIELD=TEXT; 'EUR' is not.", "a.csv", "--set", "EUR")]
    [InlineData("--rebase-to is a moment in ISO 8601", "a.csv", "--rebase-to", "soon")]
    [InlineData("--separator is one character, or \\t.", "a.csv", "--separator", "ab")]
    [InlineData("One file at a time is replayed", "a.csv", "b.csv")]
    public void A_word_that_makes_no_sense_is_refused_with_a_sentence(string sentence, params string[] words)
    {
        Assert.Null(ReplayArguments.Parse(words, out var fault));
        Assert.StartsWith(sentence, fault, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private string Write(string name, params string[] lines)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllLines(path, lines);
        return path;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(RedisServer redis, params string[] words)
    {
        using var process = Start($"127.0.0.1:{redis.Port}", words);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Cancelled), process.StandardError.ReadToEndAsync(Cancelled));
        await process.WaitForExitAsync(Cancelled);
        return (process.ExitCode, await output, await error);
    }

    private static Process Start(string redis, string[] words) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Fintech.Producer.dll"), "replay", .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
            Environment = { ["ConnectionStrings__redis"] = redis },
        })!;
}
