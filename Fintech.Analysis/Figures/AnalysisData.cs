using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Fintech.Analysis.Warehouse;
using Npgsql;

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
    string Warehouse, string ServerVersion, DateTimeOffset ReadAt, Period Period, RuleInForce? Threshold,
    Figure Alerts, Figure Activity, Figure Amounts, Figure Customers, Figure Arrivals, Figure Quality)
{
    public IEnumerable<Figure> Figures => [Alerts, Activity, Amounts, Customers, Arrivals, Quality];

    /// <summary>Busiest first.</summary>
    public IReadOnlyList<CurrencyTotal> Totals { get; } =
        [.. Activity.All("total", RowJson.Default.CurrencyTotal).OrderByDescending(total => total.Transactions).ThenBy(total => total.Currency, StringComparer.Ordinal)];

    /// <param name="progress">Told what is read, and how many steps are done of how many.</param>
    public static async Task<AnalysisData> ReadAsync(
        WarehouseReader warehouse, Period period, TimeProvider time, Action<string, int, int> progress, CancellationToken cancellationToken)
    {
        const int steps = 6;
        var readAt = time.GetUtcNow();
        var values = new Dictionary<string, string> { ["from"] = period.FromSql, ["to"] = period.ToSql };

        progress("alerts", 0, steps);
        var alerts = await FigureAsync("alerts");
        progress("transactions by hour and category", 1, steps);
        var activity = await FigureAsync("activity");

        // A rule judges amounts of its own currency only; where there are several, that of the busiest currency is looked at.
        var busiest = activity.All("total", RowJson.Default.CurrencyTotal).OrderByDescending(total => total.Transactions).Select(total => total.Currency).FirstOrDefault();
        var threshold = alerts.All("rule", RowJson.Default.RuleInForce)
            .Where(rule => rule is { Rule: "high-value", Enabled: true, Threshold: > 0, Currency: not null })
            .OrderByDescending(rule => rule.Currency == busiest)
            .FirstOrDefault();
        values["threshold"] = threshold?.Threshold is { } amount ? amount.ToString(CultureInfo.InvariantCulture) + "::numeric" : "null::numeric";
        values["currency"] = threshold?.Currency is { } currency ? $"'{currency.Replace("'", "''", StringComparison.Ordinal)}'" : "null::text";

        progress("amounts", 2, steps);
        var amounts = await FigureAsync("amounts");
        progress("customers", 3, steps);
        var customers = await FigureAsync("customers");
        progress("arrivals", 4, steps);
        var arrivals = await FigureAsync("arrivals");
        progress("runs, checks and quarantine", 5, steps);
        var quality = await FigureAsync("quality");
        progress("done", steps, steps);

        return new AnalysisData(warehouse.Name, warehouse.ServerVersion, readAt, period, threshold, alerts, activity, amounts, customers, arrivals, quality);

        async Task<Figure> FigureAsync(string name)
        {
            var statement = WarehouseReader.Statement(EmbeddedText.Read($"Figures/{name}.sql"), values);
            var begun = Stopwatch.GetTimestamp();
            var rows = await warehouse.ReadAsync(statement, cancellationToken);
            return new Figure(name, statement, rows, Stopwatch.GetElapsedTime(begun));
        }
    }
}
