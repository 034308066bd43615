using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Streaming;
using Xunit;

namespace Fintech.Tests.Scoring;

/// <summary>A stream in which every rule has something to say.</summary>
internal static class ScoringEvents
{
    public const string AllRules =
        """
        [{"rule":"high-value","threshold":3000,"currency":"USD"},
         {"rule":"velocity","count":4,"window":"00:10:00"},
         {"rule":"spend-spike","deviations":3,"minimum_history":5,"minimum_amount":50,"currency":"USD"},
         {"rule":"card-testing","small_count":2,"small_amount":5,"large_amount":100,"window":"01:00:00","currency":"USD"},
         {"rule":"new-category","threshold":200,"minimum_history":5,"currency":"USD"}]
        """;

    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow.AddDays(-2);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<Workbench> BenchAsync(Servers servers, string rules)
    {
        var bench = await Workbench.CreateAsync(servers, new StreamOptions { BatchSize = 37 });
        await using var command = bench.Warehouse.DataSource.CreateCommand("insert into etl.rule_set (rules, created_by) values ($1::jsonb, 'test')");
        command.Parameters.Add(new() { Value = rules });
        await command.ExecuteNonQueryAsync(Token);
        await bench.ExecuteAsync("insert into dw.dim_merchant (merchant_name, category) values ('Merchant 0', 'Travel'), ('Merchant 1', 'Groceries'), ('Merchant 2', 'Luxury')");
        return bench;
    }

    /// <summary>Of few customers, some events late.</summary>
    public static List<TransactionEvent> Make(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => Workbench.Event(
            $"t-{i:0000}", Math.Round((decimal)Math.Exp(random.NextDouble() * 8.5), 2), random.Next(1, 9), random.Next(6) == 0 ? $"Merchant {random.Next(4)}" : "Merchant 1") with
        {
            Timestamp = Start.AddSeconds(i * 20 - (random.Next(30) == 0 ? 3000 : 0)),
        })];
    }
}
