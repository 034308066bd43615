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
            """[{"rule":"high-value","input":"amount","value":4500.00,"threshold":3000,"unit":"USD","score":65}]""", alert.HitsJson());
    }

    [Fact]
    public void The_strongest_hit_gives_the_score()
    {
        var rules = new RuleSet(1, [new HighValueRule(3000m, "USD"), new HighValueRule(100m, "USD")]);
        var alert = rules.Score(new(3500m, "USD"));
        Assert.NotNull(alert);
        Assert.Equal((2, 100), (alert.Hits.Count, alert.Score));
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
