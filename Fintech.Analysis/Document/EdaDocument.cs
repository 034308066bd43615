using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fintech.Analysis.Charts;
using Fintech.Analysis.Figures;

namespace Fintech.Analysis.Document;

/// <summary>The whole document: one file without anything from elsewhere, which says so itself by its content security policy.</summary>
internal static class EdaDocument
{
    /// <summary>Currencies with charts of their own; all of them are in the table of totals.</summary>
    private const int MostCurrencies = 3;

    public static string Write(AnalysisData data)
    {
        string[] currencies = [.. data.Totals.Take(MostCurrencies).Select(total => total.Currency)];
        var quality = new Quality(data);
        var sections = new Html();
        List<string?> findings =
        [
            AmountsSection.Write(sections, data, currencies),
            CategoriesSection.Write(sections, data, currencies),
            HoursSection.Write(sections, data),
            TrendSection.Write(sections, data, currencies),
            CustomersSection.Write(sections, data, currencies),
            AnomaliesSection.Write(sections, data),
            QualitySection.Write(sections, data, quality),
            ArrivalsSection.Write(sections, data),
        ];
        var overview = Overview(data, quality, [.. findings.OfType<string>().Select(finding => finding + ".")]);
        return Page(data, overview.ToString() + sections + About(data));
    }

    private static Html Overview(AnalysisData data, Quality quality, IReadOnlyList<string> findings)
    {
        var html = new Html();
        var (first, last) = (data.Totals.Min(total => total.FirstHour), data.Totals.Max(total => total.LastHour).AddHours(1));
        html.Section("overview", "At a glance");
        List<(string, string, string)> tiles =
        [
            .. data.Totals.Take(MostCurrencies).Select(t => ($"Revenue, {t.Currency}", Format.Compact((double)t.Revenue), Format.Money(t.Revenue, t.Currency))),
            ("Transactions", Number(data.Totals.Sum(t => t.Transactions)), $"{Format.Count(data.Totals.Sum(t => t.Purchases), "purchase")}"),
            ("Active customers", Number(data.Customers.First("active", RowJson.Default.ActiveCustomers)?.Customers ?? 0), "with a purchase in the period"),
            ("Alert rate", data.Rate.Rate is { } rate ? Format.Percent(rate) : "–", data.Rate.Scored == 0 ? "nothing was scored" : $"{Format.Count(data.Rate.Alerts)} of {Format.Count(data.Rate.Scored)} scored"),
        ];
        html.Tiles(tiles);
        html.Status(quality.IsSound, quality.IsSound ? "The data reconcile" : "The data need a look", quality.Reasons());
        if (!data.Period.IsEverything)
            html.Paragraph("The aggregates count by arrival and know no period: facts and aggregates are compared over the whole warehouse, and the newest batch pass is that of the warehouse.", "note");
        html.Heading("Findings");
        html.List(findings, "findings");
        html.Paragraph("Point at a mark of a chart to read its value, or go to the chart with the tab key and from mark to mark with the arrow keys. The table below each chart has the same numbers.", "note on-screen");
        if (data.Totals.Count > 1)
            html.Table("All currencies", ["Currency", "Transactions#", "Purchases#", "Sales#", "Refunds#", "Revenue#", "Scored#"],
                data.Totals.Select(t => (IReadOnlyList<string>)
                    [t.Currency, Format.Count(t.Transactions), Format.Count(t.Purchases), Format.Amount(t.Sales), Format.Amount(t.Refunds), Format.Amount(t.Revenue), Format.Count(t.Scored)]), folded: false);
        if (data.Totals.Count > MostCurrencies)
            html.Paragraph($"Charts are drawn for the {MostCurrencies} currencies with most transactions; amounts of different currencies are never added up.", "note");
        html.Table("What was read", ["What was read", ""],
        [
            ["Data", $"{Format.Moment(first)} to {Format.Moment(last)} UTC, to the hour"],
            ["Asked for", data.Period.ToString()],
            ["Read at", $"{Format.Moment(data.ReadAt)} UTC, in one snapshot"],
            ["Warehouse", $"{data.Warehouse}, PostgreSQL {data.ServerVersion}"],
            ["Newest batch pass", quality.Newest is { } newest ? $"run {newest.RunId}, {newest.Status}, {Format.Moment(newest.StartedAt)} UTC" : "none"],
            ["Runs that brought the data", quality.Loads is { Runs: > 0 } loads ? $"{Format.Count(loads.Runs)} ({(loads.FirstRun == loads.LastRun ? $"{loads.FirstRun}" : $"{loads.FirstRun} to {loads.LastRun}")})" : "none"],
            ["Rule in force", data.Threshold is { } rule ? $"{rule.Rule} above {Format.Money(rule.Threshold ?? 0, rule.Currency ?? "")}, rule set {rule.Version}" : "none with a threshold"],
        ], folded: false);
        html.EndSection();
        return html;
    }

    /// <summary>In full as long as a tile has room for it.</summary>
    private static string Number(long count) => count < 10_000_000 ? Format.Count(count) : Format.Compact(count);

    private static Html About(AnalysisData data)
    {
        var html = new Html();
        html.Section("about", "How the numbers are defined");
        html.List(
        [
            "Revenue: what a transaction adds to the books, in its own currency. Purchases are positive, refunds and reversals negative. Currencies are never added up.",
            "Active customer: a customer with at least one purchase in the period. All versions of a customer are one.",
            "Alert rate: alerts by transactions that were scored, which are those that came by stream; both by the time of the transaction.",
            "Days and hours are UTC and go by when a transaction happened, not by when it arrived.",
            "Quantiles are exact: the smallest amount that at least that share of purchases does not exceed.",
        ], "definitions");
        html.Paragraph($"The definitions are views of the schema analysis in the warehouse, which the notebook and the dashboard read, too. The statements took {data.Figures.Sum(f => f.Took.TotalSeconds).ToString("0.0", CultureInfo.InvariantCulture)} s in all, {(data.Connections == 1 ? "one at a time" : $"up to {data.Connections} at a time in one snapshot")}, as role fintech_analyst, read only.");
        html.EndSection();
        return html;
    }

    private static string Page(AnalysisData data, string body)
    {
        var (style, script) = (EmbeddedText.Read("Document/style.css"), EmbeddedText.Read("Document/script.js"));
        var (first, last) = (data.Totals.Min(total => total.FirstHour), data.Totals.Max(total => total.LastHour));
        var title = $"Payments from {Day(first)} to {Day(last)}";
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{Hash(style)}'; script-src 'sha256-{Hash(script)}'; base-uri 'none'; form-action 'none'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{Html.Escape(title)}</title>
            <style>{style}</style>
            </head>
            <body>
            <header><p class="kicker">Historical analysis</p><h1>{Html.Escape(title)}</h1>
            <nav aria-label="Contents"><a href="#overview">Overview</a><a href="#amounts">Amounts</a><a href="#categories">Revenue</a><a href="#hours">Hours</a><a href="#trend">Trend</a><a href="#customers">Customers</a><a href="#anomalies">Anomalies</a><a href="#quality">Quality</a><a href="#arrivals">Arrivals</a></nav></header>
            <main>
            {body}
            </main>
            <div id="tip" role="status" hidden></div>
            <script>{script}</script>
            </body>
            </html>
            """;
    }

    private static string Day(DateTimeOffset moment) => moment.UtcDateTime.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    private static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
