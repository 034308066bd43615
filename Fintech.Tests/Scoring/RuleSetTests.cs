using System.Text.Json;
using Fintech.Etl.Worker.Scoring;
using Xunit;

namespace Fintech.Tests.Scoring;

public sealed class RuleSetTests
{
    private static readonly RuleSet Rules = new(12, [new HighValueRule(3000m, "USD")]);

    [Theory]
    [InlineData("2999.99", "USD", false)]
    [InlineData("3000.00", "USD", false)]
    [InlineData("3000.01", "USD", true)]
    [InlineData("3000.01", "EUR", false)]
    [InlineData("-4000.00", "USD", false)]
    public void An_amount_alerts_above_the_threshold_in_its_currency_only(string amount, string currency, bool alerts) =>
        Assert.Equal(alerts, Rules.Score(new(Parse(amount), currency)) is not null);

    [Theory]
    [InlineData("3000.01", 50, "medium")]
    [InlineData("4500.00", 65, "high")]
    [InlineData("6000.00", 75, "high")]
    [InlineData("8000.00", 85, "critical")]
    [InlineData("12000.00", 100, "critical")]
    [InlineData("999999999999.99", 100, "critical")]
    public void Score_and_severity_rise_with_each_doubling(string amount, int score, string severity)
    {
        var alert = Rules.Score(new(Parse(amount), "USD"));
        Assert.NotNull(alert);
        Assert.Equal((score, severity), (alert.Score, alert.Severity));
    }

    [Fact]
    public void An_alert_keeps_what_fired_it()
    {
        var alert = Rules.Score(new(4500.00m, "USD"));
        Assert.NotNull(alert);
        Assert.Equal(12, alert.RuleSetVersion);
        Assert.Equal(
            """[{"rule":"high-value","input":"amount","value":4500.00,"threshold":3000,"unit":"USD","score":65,"weight":50,"severity":"high"}]""", alert.HitsJson());
    }

    [Fact]
    public void Each_further_hit_brings_the_rest_closer_to_100_and_the_strongest_gives_the_severity()
    {
        var rules = new RuleSet(1, [new HighValueRule(3000m, "USD", Weight: 40, Severity: "low"), new HighValueRule(1500m, "USD", Name: "lower")]);
        var alert = rules.Score(new(3000.01m, "USD"));
        Assert.NotNull(alert);
        Assert.Equal([40, 75], alert.Hits.Select(hit => hit.Score));
        Assert.Equal((85, "high"), (alert.Score, alert.Severity));    // 100 × (1 − 0.6 × 0.25)
    }

    [Fact]
    public void The_score_of_an_alert_can_be_told_again_from_what_it_keeps()
    {
        var rules = new RuleSet(1, [new HighValueRule(3000m, "USD", Weight: 30), new HighValueRule(1000m, "USD", Weight: 45, Name: "lower")]);
        var alert = rules.Score(new(4800m, "USD"))!;
        var rest = 1.0;
        foreach (var hit in JsonDocument.Parse(alert.HitsJson()).RootElement.EnumerateArray())
        {
            var (value, threshold, weight) = (hit.GetProperty("value").GetDouble(), hit.GetProperty("threshold").GetDouble(), hit.GetProperty("weight").GetInt32());
            var score = (int)Math.Round(weight + (100 - weight) * Math.Min(1, Math.Log2(value / threshold) / 2));
            Assert.Equal(hit.GetProperty("score").GetInt32(), score);
            rest *= 1 - score / 100.0;
        }

        Assert.Equal(alert.Score, (int)Math.Round(100 * (1 - rest)));
    }

    [Fact]
    public void A_rule_in_shadow_mode_is_counted_and_never_alerts()
    {
        var rules = new RuleSet(1, [new HighValueRule(100m, "USD", Shadow: true), new HighValueRule(500m, "USD", Name: "open")]);
        var tally = new RuleTally(rules);
        Assert.Null(rules.Score(new(101m, "USD"), default, tally));
        Assert.Equal("open", Assert.Single(rules.Score(new(501m, "USD"), default, tally)!.Hits).Name);
        Assert.Equal((2L, 2L, 0L), (tally.Evaluated(0), tally.Of(0, RuleOutcome.Shadowed), tally.Of(0, RuleOutcome.Alerted)));
        Assert.Equal((2L, 1L, 1L), (tally.Evaluated(1), tally.Of(1, RuleOutcome.Quiet), tally.Of(1, RuleOutcome.Alerted)));
    }

    /// <summary>Received at 12:00 each; the snooze of one rule is newer than that of all.</summary>
    [Theory]
    [InlineData(7, "high-value", "11:00", "13:00", false)]
    [InlineData(7, null, "11:00", "13:00", false)]
    [InlineData(7, "velocity", "11:00", "13:00", true)]
    [InlineData(8, null, "11:00", "13:00", true)]
    [InlineData(7, null, "11:00", "12:00", true)]    // over, by the time of the event
    [InlineData(7, null, "12:01", "13:00", true)]    // written after the event was received
    public void A_customer_is_snoozed_for_a_rule_or_all_until_a_date(long customer, string? rule, string from, string until, bool alerts)
    {
        var input = new ScoringInput(5000m, "USD") { CustomerId = 7, OccurredAt = At("12:00"), ReceivedAt = At("12:00") };
        var rules = Rules with { Snoozes = Snoozes.Of(new Snooze(1, customer, rule, At(until), At(from))) };
        Assert.Equal(alerts, rules.Score(input) is not null);
        static DateTime At(string time) => DateTime.SpecifyKind(DateTime.Parse($"2026-03-01T{time}", System.Globalization.CultureInfo.InvariantCulture), DateTimeKind.Utc);
    }

    [Fact]
    public void The_newest_row_ends_a_snooze()
    {
        var now = new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
        var input = new ScoringInput(5000m, "USD") { CustomerId = 7, OccurredAt = now, ReceivedAt = now };
        var snoozed = new Snooze(1, 7, "high-value", now.AddDays(9), now.AddHours(-2));
        Assert.Null((Rules with { Snoozes = Snoozes.Of(snoozed) }).Score(input));
        var ended = snoozed with { SnoozeId = 2, Until = now.AddHours(-1), CreatedAt = now.AddHours(-1) };
        Assert.NotNull((Rules with { Snoozes = Snoozes.Of(snoozed, ended) }).Score(input));
    }

    [Theory]
    [InlineData("""[{"rule":"velocity","count":11,"window":"00:10:00"}]""", "velocity: count must be 1 to 10; it is 11.")]
    [InlineData("""[{"rule":"velocity","count":3,"window":"31.00:00:00"}]""", "velocity: window must be 00:00:01 to 30.00:00:00; it is 31.00:00:00.")]
    [InlineData("""[{"rule":"spend-spike","deviations":0,"minimum_history":1,"minimum_amount":5,"currency":"USD"}]""",
        "spend-spike: deviations must be above 0 and at most 1000; it is 0. spend-spike: minimum_history must be 2 to 10000; it is 1.")]
    [InlineData("""[{"rule":"card-testing","small_count":3,"small_amount":90000,"large_amount":10,"window":"01:00:00","currency":"usd"}]""",
        "small_amount must be above zero, at most 80000 and in whole cents; it is 90000. card-testing: currency must be three capital letters; it is 'usd'. card-testing: large_amount must not be below small_amount, 90000; it is 10.")]
    [InlineData("""[{"rule":"new-category","name":"travel","threshold":0.001,"minimum_history":5,"currency":"USD","weight":0,"severity":"bad"}]""",
        "travel: weight must be 1 to 100; it is 0. travel: severity must be one of low, medium, high, critical; it is 'bad'. travel: threshold must be above zero")]
    [InlineData("""[{"rule":"high-value","threshold":1,"currency":"USD"},{"rule":"high-value","threshold":2,"currency":"EUR"}]""",
        "high-value: name must tell it from another rule that is called so.")]
    [InlineData("[null]", "A rule is null.")]
    public void A_fault_is_a_sentence_that_names_rule_and_parameter(string json, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<JsonException>(() => RuleSet.Parse(1, json)).Message);

    [Fact]
    public void Every_kind_of_rule_survives_its_way_through_JSON()
    {
        Rule[] rules =
        [
            new HighValueRule(3000m, "USD", Enabled: false, Weight: 70), new VelocityRule(5, TimeSpan.FromMinutes(10), Severity: "low"),
            new SpendSpikeRule(3.5m, 10, 200m, "EUR", Shadow: true), new CardTestingRule(3, 5m, 200m, TimeSpan.FromHours(1), "USD", Name: "testers"),
            new NewCategoryRule(500m, 10, "USD"),
        ];
        Assert.Equal(rules, RuleSet.Parse(1, RuleSet.ToJson(rules)).Rules);
    }

    [Fact]
    public void A_disabled_rule_does_not_fire() =>
        Assert.Null(new RuleSet(1, [new HighValueRule(1m, "USD", Enabled: false)]).Score(new(9000m, "USD")));

    /// <summary>jsonb keeps properties in an order of its own.</summary>
    [Fact]
    public void A_rule_is_read_whatever_the_order_of_its_properties()
    {
        var rules = RuleSet.Parse(3, """[{"threshold":100,"enabled":true,"rule":"high-value","currency":"EUR"}]""");
        Assert.Equal([new HighValueRule(100m, "EUR")], rules.Rules);
        Assert.Equal(rules.Rules, RuleSet.Parse(3, RuleSet.ToJson(rules.Rules)).Rules);
    }

    [Fact]
    public void A_rule_that_does_not_say_so_is_enabled() =>
        Assert.NotNull(RuleSet.Parse(1, """[{"rule":"high-value","threshold":100,"currency":"USD"}]""").Score(new(101m, "USD")));

    [Theory]
    [InlineData("""[{"rule":"high-value","treshold":100,"currency":"EUR"}]""")]
    [InlineData("""[{"rule":"high-value","threshold":100,"currency":"EUR","when":"night"}]""")]
    [InlineData("""[{"rule":"high-value","threshold":0,"currency":"EUR"}]""")]
    [InlineData("""[{"rule":"velocity","threshold":100}]""")]
    [InlineData("""[{"threshold":100,"currency":"EUR"}]""")]
    [InlineData("[null]")]
    [InlineData("{}")]
    [InlineData("null")]
    public void A_rule_set_that_is_not_understood_is_refused(string json) => Assert.Throws<JsonException>(() => RuleSet.Parse(1, json));

    private static decimal Parse(string amount) => decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture);
}
