using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Scoring.State;
using Xunit;

namespace Fintech.Tests.Scoring;

/// <summary>Rules that look at what a customer did before: at, below and above each of their bounds.</summary>
public sealed class HabitRulesTests
{
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
    private readonly ScoringState state = new();

    [Fact]
    public void Velocity_fires_with_one_purchase_too_many_in_the_window()
    {
        var rule = new VelocityRule(3, TimeSpan.FromMinutes(10));
        Assert.Null(Next(rule, Purchase(5, at: 0)));
        Assert.Null(Next(rule, Purchase(5, at: 60)));
        Assert.Null(Next(rule, Purchase(5, at: 120)));
        var hit = Next(rule, Purchase(5, at: 599.999));
        Assert.NotNull(hit);
        Assert.Equal((4m, 3m, "purchases", 600.0), (hit.Value, hit.Threshold, hit.Unit, (double)hit.Inputs!["window_seconds"]!));
    }

    [Fact]
    public void The_window_of_velocity_does_not_include_its_far_end()
    {
        var rule = new VelocityRule(1, TimeSpan.FromMinutes(10));
        Assert.Null(Next(rule, Purchase(5, at: 0)));
        Assert.Null(Next(rule, Purchase(5, at: 600)));
        Assert.NotNull(Next(rule, Purchase(5, at: 1199.999)));
    }

    [Fact]
    public void A_late_purchase_looks_back_from_its_own_time()
    {
        var rule = new VelocityRule(2, TimeSpan.FromMinutes(10));
        Assert.Null(Next(rule, Purchase(5, at: 5000)));
        Assert.Null(Next(rule, Purchase(5, at: 5001)));
        Assert.Null(Next(rule, Purchase(5, at: 0)));       // nothing before it by event time
        Assert.Null(Next(rule, Purchase(5, at: 10)));
        Assert.NotNull(Next(rule, Purchase(5, at: 20)));
    }

    [Fact]
    public void Velocity_counts_purchases_of_any_currency_of_this_customer_only()
    {
        var rule = new VelocityRule(2, TimeSpan.FromMinutes(10));
        Assert.Null(Next(rule, Purchase(5) with { CustomerId = 2 }));
        Assert.Null(Next(rule, Purchase(5)));
        Assert.Null(Next(rule, Purchase(5) with { IsPurchase = false }));
        Assert.Null(Next(rule, Purchase(5, currency: "EUR")));
        Assert.NotNull(Next(rule, Purchase(5, currency: "JPY")));
    }

    [Fact]
    public void The_longest_velocity_rule_counts_as_far_as_it_may()
    {
        var rule = new VelocityRule(RecentPurchases.Most, TimeSpan.FromMinutes(10));
        for (var i = 0; i < RecentPurchases.Most; i++)
            Assert.Null(Next(rule, Purchase(5, at: i)));
        Assert.Equal(11m, Next(rule, Purchase(5, at: 30))!.Value);
        Assert.Equal(11m, Next(rule, Purchase(5, at: 31))!.Value);    // More are not remembered.
    }

    [Fact]
    public void A_spike_is_far_above_the_customers_own_mean()
    {
        var rule = new SpendSpikeRule(4, 10, 50, "USD");
        for (var i = 0; i < 10; i++)
            Assert.Null(Next(rule, Purchase(i % 2 == 0 ? 40 : 60, at: i)));

        // Mean 50, deviation 10: above 90, to within what a few seconds decay.
        Assert.Null(Next(rule, Purchase(89.9m, at: 11), remember: false));
        var hit = Next(rule, Purchase(90.1m, at: 11));
        Assert.NotNull(hit);
        Assert.Equal((90.1m, 90.00m, "USD"), (hit.Value, hit.Threshold, hit.Unit));
        Assert.Equal("""{"mean":50.00,"deviation":10.00,"deviations":4,"history":10,"minimum_amount":50}""", hit.Inputs!.ToJsonString());
    }

    [Fact]
    public void A_spike_needs_history_in_its_currency_and_a_minimum_amount()
    {
        var rule = new SpendSpikeRule(4, 3, 50, "USD");
        for (var i = 0; i < 3; i++)
            Next(rule, Purchase(5, at: i, currency: "EUR"));
        for (var i = 0; i < 2; i++)
            Next(rule, Purchase(5, at: i));
        Assert.Null(Next(rule, Purchase(500), remember: false));                      // two purchases in USD are no history
        Next(rule, Purchase(5));
        Assert.Null(Next(rule, Purchase(50), remember: false));                       // not above the minimum
        Assert.Null(Next(rule, Purchase(500, currency: "EUR"), remember: false));     // EUR is not compared with USD
        Assert.Null(Next(rule, Purchase(500) with { IsPurchase = false }, remember: false));
        Assert.NotNull(Next(rule, Purchase(50.01m), remember: false));
    }

    [Fact]
    public void Who_always_pays_the_same_is_no_suspect_for_a_cent_more()
    {
        var rule = new SpendSpikeRule(4, 3, 1, "USD");
        for (var i = 0; i < 20; i++)
            Assert.Null(Next(rule, Purchase(100, at: i)));
        Assert.Null(Next(rule, Purchase(119.99m), remember: false));    // 5% of the mean is the least deviation: 100 + 4 × 5
        Assert.NotNull(Next(rule, Purchase(120.01m), remember: false));
    }

    /// <summary>Weights of exp(−age / 30 days), against sums taken one by one.</summary>
    [Fact]
    public void Mean_and_deviation_decay_over_thirty_days_and_late_purchases_weigh_what_they_would_by_now()
    {
        var random = new Random(5);
        var spend = default(SpendHistory);
        var all = new List<(DateTime At, double Amount)>();
        for (var i = 0; i < 500; i++)
        {
            var at = Noon.AddHours(i * 6 - (i % 7 == 0 ? random.Next(400) : 0));
            var amount = Math.Exp(random.NextDouble() * 6);
            all.Add((at, amount));
            spend.Add(at, amount);
        }

        var newest = all.Max(purchase => purchase.At);
        double Weight(DateTime at) => Math.Exp(-(newest - at) / TimeSpan.FromDays(30));
        var weights = all.Sum(purchase => Weight(purchase.At));
        var mean = all.Sum(purchase => Weight(purchase.At) * purchase.Amount) / weights;
        var variance = all.Sum(purchase => Weight(purchase.At) * Math.Pow(purchase.Amount - mean, 2)) / weights;
        Assert.Equal((500, weights, mean, Math.Sqrt(variance)), (spend.Count, Near(spend.Weight, weights), Near(spend.Mean, mean), Near(spend.Deviation, Math.Sqrt(variance))));

        static double Near(double found, double expected) => Math.Abs(found - expected) < 1e-9 * expected ? expected : found;
    }

    [Fact]
    public void A_history_of_long_ago_is_none()
    {
        var rule = new SpendSpikeRule(4, 3, 1, "USD");
        for (var i = 0; i < 5; i++)
            Next(rule, Purchase(10, at: i));
        Assert.NotNull(Next(rule, Purchase(500, at: 300 * 86400.0), remember: false));
        Assert.Null(Next(rule, Purchase(500, at: 600 * 86400.0)));
        Assert.Null(Next(rule, Purchase(5000, at: 600 * 86400.0 + 1)));    // it began anew
    }

    [Fact]
    public void Card_testing_is_a_large_purchase_after_small_ones()
    {
        var rule = new CardTestingRule(3, 5, 200, TimeSpan.FromHours(1), "USD");
        Next(rule, Purchase(5, at: 0));
        Next(rule, Purchase(5.01m, at: 1));                    // not small
        Next(rule, Purchase(1, at: 2, currency: "EUR"));       // another currency
        Next(rule, Purchase(1, at: 3) with { IsPurchase = false });
        Next(rule, Purchase(0.01m, at: 4));
        Assert.Null(Next(rule, Purchase(900, at: 5), remember: false));
        Next(rule, Purchase(2, at: 6));
        Assert.Null(Next(rule, Purchase(200, at: 7), remember: false));
        Assert.Null(Next(rule, Purchase(900, at: 7, currency: "EUR"), remember: false));
        var hit = Next(rule, Purchase(200.01m, at: 3599.999), remember: false);
        Assert.NotNull(hit);
        Assert.Equal((200.01m, 200m, 3), (hit.Value, hit.Threshold, (int)hit.Inputs!["small_purchases"]!));
        Assert.Null(Next(rule, Purchase(900, at: 3600)));      // the first of them is out of the window
    }

    [Fact]
    public void An_enormous_purchase_is_remembered_as_no_small_one()
    {
        var rule = new CardTestingRule(1, RecentPurchases.MostRemembered, 100_000, TimeSpan.FromHours(1), "USD");
        Next(rule, Purchase(999_999_999_999.99m));
        Assert.Null(Next(rule, Purchase(200_000)));
        Next(rule, Purchase(80_000));
        Assert.NotNull(Next(rule, Purchase(200_000)));
    }

    [Fact]
    public void A_category_is_new_once_and_only_to_somebody_with_a_history()
    {
        var rule = new NewCategoryRule(500, 3, "USD");
        Assert.Null(Next(rule, Purchase(900, category: "Travel")));
        Next(rule, Purchase(5, category: "Groceries"));
        Assert.Null(Next(rule, Purchase(900, category: "Luxury"), remember: false));      // two purchases are no history
        Next(rule, Purchase(5, category: "Groceries"));
        Assert.Null(Next(rule, Purchase(900, category: "Travel")));                       // known
        Assert.Null(Next(rule, Purchase(500, category: "Luxury"), remember: false));      // not above
        Assert.Null(Next(rule, Purchase(900, category: "Luxury", currency: "EUR"), remember: false));
        Assert.Null(Next(rule, Purchase(900, category: ScoringInput.NoCategory)));        // nobody knows what it is
        var hit = Next(rule, Purchase(900, category: "Luxury"));
        Assert.Equal("""{"category":"Luxury","history":5}""", hit!.Inputs!.ToJsonString());
        Assert.Null(Next(rule, Purchase(900, category: "Luxury")));
    }

    [Fact]
    public void Any_number_of_categories_and_currencies_is_kept_apart()
    {
        var rule = new NewCategoryRule(1, 1, "USD");
        Next(rule, Purchase(5, category: "first"));
        for (var i = 0; i < 200; i++)
            Assert.NotNull(Next(rule, Purchase(5, category: $"category {i}")));
        for (var i = 0; i < 200; i++)
            Assert.Null(Next(rule, Purchase(5, category: $"category {i}")));
        var spike = new SpendSpikeRule(4, 2, 1, "C07", Name: "other");
        for (var i = 0; i < 30; i++)
            state.Add(Purchase(10 + i % 10, currency: $"C{i % 10:00}"));
        Assert.Equal(17.00m, (decimal)Next(spike, Purchase(900, currency: "C07"))!.Inputs!["mean"]!);
    }

    private RuleHit? Next(Rule rule, ScoringInput input, bool remember = true)
    {
        var hit = rule.Evaluate(input, state.Look(input));
        if (remember)
            state.Add(input);
        return hit;
    }

    private static ScoringInput Purchase(decimal amount, double at = 0, string currency = "USD", string category = "Groceries") => new(amount, currency)
    {
        CustomerId = 1,
        OccurredAt = Noon.AddSeconds(at),
        ReceivedAt = Noon.AddSeconds(at),
        Category = category,
    };
}
