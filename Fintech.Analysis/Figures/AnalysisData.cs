using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Fintech.Analysis.Warehouse;

namespace Fintech.Analysis.Figures;

/// <summary>One statement and what it returned.</summary>
internal sealed class Figure(string name, string statement, IReadOnlyList<(string Part, string Json)> rows, TimeSpan took)
{
    public string Name { get; } = name;
    public string Statement { get; } = statement;
    public TimeSpan Took { get; } = took;

    public IReadOnlyList<T> All<T>(string part, JsonTypeInfo<T> type) =>
        [.. rows.Where(row => row.Part == part).Select(row => JsonSerializer.Deserialize(row.Json, type)
            ?? throw new JsonException($"A row '{part}' of {Name} is null."))];

    public T? First<T>(string part, JsonTypeInfo<T> type) where T : class => All(part, type).FirstOrDefault();
}

/// <summary>All that a document tells, from one snapshot of the warehouse.</summary>
internal sealed record AnalysisData(
    string Warehouse, string ServerVersion, int Connections, DateTimeOffset ReadAt, Period Period, RuleInForce? Threshold,
    Figure Alerts, Figure Activity, Figure Amounts, Figure Customers, Figure Arrivals, Figure Quality)
{
    public IEnumerable<Figure> Figures => [Alerts, Activity, Amounts, Customers, Arrivals, Quality];

    /// <summary>Busiest first.</summary>
    public IReadOnlyList<CurrencyTotal> Totals { get; } = TotalsOf(Activity);

    public AlertRate Rate { get; } = Activity.First("rate", RowJson.Default.AlertRate)
        ?? throw new InvalidOperationException("The statement of the activity returned no alert rate.");

    /// <param name="progress">Told what was read, and how many steps are done of how many; one call at a time.</param>
    public static async Task<AnalysisData> ReadAsync(
        WarehouseReader warehouse, Period period, TimeProvider time, Action<string, int, int> progress, CancellationToken cancellationToken)
    {
        const int steps = 6;
        var (done, telling) = (0, new Lock());
        var readAt = time.GetUtcNow();
        progress($"reading, {(warehouse.Connections == 1 ? "one statement" : $"{warehouse.Connections} statements")} at a time", 0, steps);

        // As many at a time as there are connections, in this order. Two need to know which rule is in force.
        var (alerts, activity) = (FigureAsync("alerts", "alerts"), FigureAsync("activity", "transactions by hour and category"));
        var (arrivals, quality) = (FigureAsync("arrivals", "arrivals"), FigureAsync("quality", "runs, checks and quarantine"));
        var rule = RuleAsync(alerts, activity);
        var (amounts, customers) = (FigureAsync("amounts", "amounts", rule), FigureAsync("customers", "customers", rule));
        await Task.WhenAll(alerts, activity, arrivals, quality, amounts, customers);
        return new AnalysisData(
            warehouse.Name, warehouse.ServerVersion, warehouse.Connections, readAt, period, await rule,
            await alerts, await activity, await amounts, await customers, await arrivals, await quality);

        async Task<Figure> FigureAsync(string name, string what, Task<RuleInForce?>? of = null)
        {
            var statement = WarehouseReader.Statement(EmbeddedText.Read($"Figures/{name}.sql"), Values(period, of is null ? null : await of));
            var (rows, took) = await warehouse.ReadAsync(statement, cancellationToken);
            lock (telling)
                progress(what, ++done, steps);
            return new Figure(name, statement, rows, took);
        }
    }

    // A rule judges amounts of its own currency only; where there are several, that of the busiest currency is looked at.
    private static async Task<RuleInForce?> RuleAsync(Task<Figure> alerts, Task<Figure> activity)
    {
        var busiest = TotalsOf(await activity).Select(total => total.Currency).FirstOrDefault();
        return (await alerts).All("rule", RowJson.Default.RuleInForce)
            .Where(rule => rule is { Rule: "high-value", Enabled: true, Threshold: > 0, Currency: not null })
            .OrderByDescending(rule => rule.Currency == busiest)
            .FirstOrDefault();
    }

    /// <summary>SQL literals for what the statements name.</summary>
    private static Dictionary<string, string> Values(Period period, RuleInForce? rule) => new()
    {
        ["from"] = period.FromSql,
        ["to"] = period.ToSql,
        ["threshold"] = rule?.Threshold is { } amount ? amount.ToString(CultureInfo.InvariantCulture) + "::numeric" : "null::numeric",
        ["currency"] = rule?.Currency is { } currency ? $"'{currency.Replace("'", "''", StringComparison.Ordinal)}'" : "null::text",
    };

    private static IReadOnlyList<CurrencyTotal> TotalsOf(Figure activity) =>
        [.. activity.All("total", RowJson.Default.CurrencyTotal).OrderByDescending(total => total.Transactions).ThenBy(total => total.Currency, StringComparer.Ordinal)];
}
