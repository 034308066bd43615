using Fintech.Analysis.Charts;
using Fintech.Analysis.Figures;

namespace Fintech.Analysis.Document;

/// <summary>What the rules raised, and what their threshold would catch and miss elsewhere.</summary>
internal static class AnomaliesSection
{
    public static string Headline(AlertRate r) => r switch
    {
        { Scored: 0, Alerts: 0 } => "No transaction of this period was scored: all of it came by batch",
        { Alerts: 0 } => $"None of {Format.Count(r.Scored, "scored transaction")} raised an alert",
        { Rate: { } rate and <= 1 } => $"{Format.Count(r.Alerts)} of {Format.Count(r.Scored, "scored transaction")} raised an alert: a rate of {Format.Percent(rate)}",
        _ => $"{Format.Count(r.Alerts, "alert was", "alerts were")} raised, and {Format.Count(r.Scored, "scored transaction is", "scored transactions are")} left of those that raised them",
    };

    public static string ThresholdHeadline(RuleInForce rule, ThresholdStep now, long purchases)
    {
        var threshold = Format.Money(now.Threshold, rule.Currency!);
        return now.Purchases == 0
            ? $"No purchase is above the threshold of {threshold}"
            : $"{Format.Count(now.Purchases)} of {Format.Count(purchases, "purchase")} {(now.Purchases == 1 ? "is" : "are")} above the threshold of {threshold}";
    }

    public static IEnumerable<string> ThresholdSentences(RuleInForce rule, IReadOnlyList<ThresholdStep> steps, AmountSummary? amounts)
    {
        var now = steps.First(step => step.Factor == 1);
        if (now.Purchases > 0 && amounts is not null)
            yield return $"They are {Format.Share(now.Purchases, amounts.Purchases)} of the purchases and {Format.Share(now.Sales, amounts.Sales)} of what was sold.";
        foreach (var factor in (decimal[])[0.5m, 2m])
        {
            var other = steps.First(step => step.Factor == factor);
            var (at, count) = (Format.Money(other.Threshold, rule.Currency!), Format.Count(other.Purchases, "purchase"));
            yield return (now.Purchases, other.Purchases) switch
            {
                (_, 0) => $"A threshold of {at} would catch none.",
                var (a, b) when a == b => $"A threshold of {at} would catch as many.",
                ( > 0, > 0) when other.Purchases > now.Purchases =>
                    $"A threshold of {at} would catch {count}, {((decimal)other.Purchases / now.Purchases).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture)} times as many.",
                ( > 0, > 0) => $"A threshold of {at} would catch {count}, {Format.Share(other.Purchases, now.Purchases)} of them.",
                _ => $"A threshold of {at} would catch {count}.",
            };
        }
    }

    public static IEnumerable<string> PatternSentences(SpendingPattern p, string threshold)
    {
        if (p.Judged == 0)
        {
            yield return "No customer has the six purchases that are needed to tell what is usual for them, so nothing can be said of what the threshold misses.";
            yield break;
        }

        var unusual = p.Caught + p.Missed;
        if (unusual == 0)
            yield return $"None of {Format.Count(p.Judged, "customer")} with six purchases or more made one of more than ten times the average of their others.";
        else
        {
            yield return $"{Format.Count(unusual)} of {Format.Count(p.Judged, "customer")} with six purchases or more made one of more than ten times the average of their others.";
            yield return p switch
            {
                { Missed: 0 } => $"The threshold of {threshold} sees {(unusual == 1 ? "it" : "all of these")}.",
                { Caught: 0 } => $"The threshold of {threshold} sees {(unusual == 1 ? "it not, for it is not above it" : "none of these, for none is above it")}.",
                _ => $"The threshold of {threshold} sees {Format.Count(p.Caught)} of these and misses {Format.Count(p.Missed)}, which are unusual for the customer and still not above it.",
            };
        }

        if (p.Ordinary > 0)
            yield return $"For {Format.Count(p.Ordinary, "customer")} it fires on a largest purchase that is not out of their own pattern.";
        yield return "Both are judged by each customer's largest purchase.";
    }

    public static string Write(Html html, AnalysisData data)
    {
        var total = data.Totals.Sum(t => t.Transactions);
        var alerts = data.Alerts.All("alerts", RowJson.Default.AlertTotal);
        var headline = Headline(data.Rate);
        html.Section("anomalies", "What stands out?");
        html.Paragraph("The alert rate is alerts by scored transactions. Only what came by stream is scored while it happens; what a batch loaded is not, and does not count.");

        var hits = data.Alerts.All("hit", RowJson.Default.RuleHits);
        var byRule = hits.GroupBy(hit => hit.Rule).Select(rule => (Rule: rule.Key, Alerts: rule.Sum(hit => hit.Alerts)))
            .OrderByDescending(rule => rule.Alerts).ThenBy(rule => rule.Rule, StringComparer.Ordinal).ToList();
        if (byRule.Count > 0)
            html.Chart(headline, BarChart.Draw(headline, $"Bars of alerts by rule: {string.Join("; ", byRule.Select(rule => $"{rule.Rule} {Format.Count(rule.Alerts)}"))}.",
                    [.. byRule.Select(rule => new Bar(rule.Rule, rule.Alerts, Format.Count(rule.Alerts, "alert"), Style: "fill-alert"))], "Alerts", Format.Compact),
                "Alerts by the rule that raised them; one that several rules raised counts for each.");
        else
            html.Heading(headline);

        html.Insights(RuleSentences(data.Rate.Scored, total, alerts, byRule));
        if (hits.Count > 0)
            html.Table("Alerts by rule and currency", ["Rule", "Currency", "Alerts#", "Amount#"],
                hits.Select(hit => (IReadOnlyList<string>)[hit.Rule, hit.Currency, Format.Count(hit.Alerts), Format.Amount(hit.Amount)]), folded: false);
        html.Sql(data.Alerts);

        WriteThreshold(html, data);
        html.EndSection();
        return headline;
    }

    private static IEnumerable<string> RuleSentences(long scored, long total, IReadOnlyList<AlertTotal> alerts, List<(string Rule, long Alerts)> byRule)
    {
        if (byRule.Count > 1 && byRule[0].Alerts > byRule[1].Alerts)
            yield return $"Of {byRule.Count} rules that fired, {byRule[0].Rule} fired most.";
        else if (byRule.Count == 1)
            yield return $"Only the rule {byRule[0].Rule} fired.";
        if (total > scored && scored > 0)
            yield return $"{Format.Count(total - scored, "transaction")} ({Format.Share(total - scored, total)}) came by batch and {(total - scored == 1 ? "was" : "were")} not scored.";

        var (raised, confirmed, dismissed) = (alerts.Sum(a => a.Alerts), alerts.Sum(a => a.Confirmed), alerts.Sum(a => a.Dismissed));
        if (confirmed + dismissed > 0)
            yield return $"Of {Format.Count(confirmed + dismissed, "alert")} that {(confirmed + dismissed == 1 ? "was" : "were")} decided, {Format.Count(confirmed)} {(confirmed == 1 ? "is" : "are")} confirmed fraud ({Format.Share(confirmed, confirmed + dismissed)}).";
        else if (raised > 0)
            yield return raised == 1 ? "The alert has not been decided yet, so whether it is right is not known." : "None of the alerts has been decided yet, so how many are right is not known.";
    }

    private static void WriteThreshold(Html html, AnalysisData data)
    {
        if (data.Threshold is not { Threshold: not null, Currency: not null } rule)
        {
            html.Paragraph("No rule with a threshold on the amount is in force, so what one would catch is not shown.");
            return;
        }

        var steps = data.Amounts.All("threshold", RowJson.Default.ThresholdStep).OrderBy(step => step.Factor).ToList();
        var amounts = data.Amounts.All("summary", RowJson.Default.AmountSummary).FirstOrDefault(s => s.Currency == rule.Currency);
        if (steps.Count == 0 || amounts is null)
        {
            html.Paragraph($"The rule high-value judges purchases in {rule.Currency}, of which this period has none.");
            return;
        }

        var now = steps.First(step => step.Factor == 1);
        var threshold = Format.Money(now.Threshold, rule.Currency);
        var headline = ThresholdHeadline(rule, now, amounts.Purchases);
        html.Chart(headline, LineChart.Curve(
                headline, $"Falling curve of purchases above a threshold: {string.Join("; ", steps.Select(step => $"{Format.Amount(step.Threshold)} {Format.Count(step.Purchases)}"))}.",
                [.. steps.Select(step => ((double)step.Threshold, (double)step.Purchases, $"Above {Format.Money(step.Threshold, rule.Currency)}: {Format.Count(step.Purchases, "purchase")}, {Format.Money(step.Sales, rule.Currency)}"))],
                new ChartMark((double)now.Threshold, $"in force: {threshold}", "alert"), $"Threshold, {rule.Currency}", "Purchases above it"),
            $"How many purchases of the period, scored or not, a threshold would catch (rule high-value, rule set {rule.Version}).");
        html.Insights(ThresholdSentences(rule, steps, amounts));
        if (data.Customers.First("pattern", RowJson.Default.SpendingPattern) is { } pattern)
            html.Insights(PatternSentences(pattern, threshold));
        html.Table("Thresholds", [$"Threshold, {rule.Currency}#", "Purchases above#", "Share of purchases#", $"Their sum, {rule.Currency}#"],
            steps.Select(step => (IReadOnlyList<string>)
                [Format.Amount(step.Threshold), Format.Count(step.Purchases), Format.Share(step.Purchases, amounts.Purchases), Format.Amount(step.Sales)]));
        html.Sql(data.Amounts);
        html.Sql(data.Customers);
    }
}
