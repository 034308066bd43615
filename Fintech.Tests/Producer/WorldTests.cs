using Fintech.Producer.Simulation;
using Xunit;

namespace Fintech.Tests.Producer;

public sealed class WorldTests
{
    private static readonly World Sample = new(customers: 2_000, merchants: 200, seed: 20260101);

    [Fact]
    public void The_same_seed_gives_the_same_customers_and_another_seed_gives_others()
    {
        Assert.Equal(Sample.Customers, new World(2_000, 200, 20260101).Customers);
        Assert.NotEqual(Sample.Customers, new World(2_000, 200, 20260102).Customers);
    }

    [Fact]
    public void A_larger_world_knows_the_customers_of_a_smaller_one()
    {
        Assert.Equal(new World(50, 10, 20260101).Customers, Sample.Customers.Take(50));
    }

    [Fact]
    public void Emails_are_unique_and_a_few_customers_have_none()
    {
        var emails = Sample.Customers.Select(customer => customer.Email).OfType<string>().ToList();

        Assert.Equal(emails.Count, emails.Distinct().Count());
        Assert.InRange(Sample.Customers.Count - emails.Count, 5, 50);
        Assert.All(emails, email => Assert.Matches("^[a-z]+\\.[a-z]+[0-9]+@example\\.com$", email));
    }

    [Fact]
    public void Names_fit_the_columns_of_the_source()
    {
        Assert.All(Sample.Customers, customer =>
        {
            Assert.True(customer.FirstName.Length <= 50 && customer.LastName.Length <= 50);
            Assert.True(customer.Email is null or { Length: <= 100 });
        });
    }

    [Fact]
    public void Five_thousand_merchants_have_five_thousand_names_in_ten_categories()
    {
        var merchants = new World(1, 5_000, 1).Merchants;

        Assert.Equal(5_000, merchants.Select(merchant => merchant.Name).Distinct().Count());
        Assert.Equal(10, merchants.Select(merchant => merchant.Category.Name).Distinct().Count());
        Assert.DoesNotContain(merchants, merchant => Names.UnknownMerchants.Contains(merchant.Name));
    }

    /// <summary>A search for a customer's last name in logs and tables must not find a shop.</summary>
    [Fact]
    public void No_last_name_is_a_part_of_any_other_name()
    {
        var others = new World(1, 5_000, 1).Merchants.Select(merchant => merchant.Name)
            .Concat(Category.All.Select(category => category.Name))
            .Concat(Names.UnknownMerchants)
            .Concat(Names.First);

        Assert.All(others, other => Assert.DoesNotContain(Names.Last, last => other.Contains(last, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void Popular_merchants_sell_more_and_active_customers_buy_more()
    {
        var purchases = new Purchases(Sample, new Random(7));
        var drawn = Enumerable.Range(0, 50_000).Select(_ => purchases.Next(new DateTime(2026, 1, 7, 13, 0, 0))).ToList();

        var groceries = Sample.Merchants.Where(merchant => merchant.Category.Name == "Groceries").Select(merchant => merchant.Name).ToList();
        var sales = drawn.CountBy(purchase => purchase.Merchant).ToDictionary();
        Assert.InRange((double)sales[groceries[0]] / sales[groceries[9]], 7, 14);

        var mostActive = Sample.Customers.MaxBy(customer => customer.Activity)!;
        Assert.True(drawn.Count(purchase => purchase.CustomerId == mostActive.Id) > 4 * drawn.Count / Sample.Customers.Count);
    }
}
