using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Privacy;
using Fintech.Tests.Batch;
using Xunit;

namespace Fintech.Tests.Privacy;

public sealed class CustomerPolicyTests(Servers servers)
{
    private const string Personal = """
        select concat_ws(' ', customer_id, coalesce(first_name, '-'), length(first_name_hash), coalesce(last_name_mask, '-'), length(last_name_hash),
                         coalesce(email_mask, '-'), length(email_hash), privacy_policy, is_current)
        from dw.dim_customer where customer_key <> 0 order by customer_id, valid_from
        """;

    [Theory]
    [InlineData("last_name", "keep", "Etl:Privacy:Columns:last_name is keep, which is refused: no last name or e-mail address is kept as it is beyond the extract; it can be hash, mask or drop.")]
    [InlineData("Email", "KEEP", "Etl:Privacy:Columns:Email is keep, which is refused")]
    [InlineData("first_name", "hide", "Etl:Privacy:Columns:first_name is 'hide'; it can be hash, mask, keep or drop.")]
    [InlineData("email", "", "Etl:Privacy:Columns:email is ''; it can be hash, mask or drop.")]
    [InlineData("phone", "hash", "Etl:Privacy:Columns:phone names no column with a policy")]
    public void A_policy_that_is_none_is_named(string column, string value, string fault)
    {
        var options = new BatchOptions { Privacy = new() { Columns = { [column] = value } } };
        Assert.StartsWith(fault, Assert.Single(options.Validate(new(options))).ErrorMessage);
    }

    [Fact]
    public void What_is_not_configured_has_its_default()
    {
        Assert.Equal("khh", new CustomerPolicyOptions().Policy.Code);
        Assert.Equal("kdh", new CustomerPolicyOptions { Columns = { ["Last_Name"] = "Drop" } }.Policy.Code);
    }

    [Theory]
    [InlineData("Ada", "A***")]
    [InlineData(" Ada Augusta ", "A***")]
    [InlineData("A", "A***")]
    [InlineData("😀lovelace", "😀***")]
    [InlineData("  ", null)]
    [InlineData(null, null)]
    public void A_masked_name_has_one_letter_and_no_length(string? name, string? masked) => Assert.Equal(masked, Mask.Name(name));

    [Theory]
    [InlineData("ada@lovelace.example.org", "a***@***.org")]
    [InlineData("a@b.org", "a***@***.org")]
    [InlineData("ada lovelace", "***")]
    [InlineData(null, null)]
    public void A_masked_address_does_not_tell_its_domain(string? email, string? masked) => Assert.Equal(masked, Mask.Email(email));

    [Theory]
    [InlineData("ada@example.org", true)]
    [InlineData("a.b+c_d-e@sub.example.org", true)]
    [InlineData("ädä@exämple.org", true)]
    [InlineData("ada", false)]
    [InlineData("@example.org", false)]
    [InlineData("ada@", false)]
    [InlineData("ada@localhost", false)]
    [InlineData("ada@@example.org", false)]
    [InlineData("ada@example..org", false)]
    [InlineData("ada@example.org.", false)]
    [InlineData(".ada@example.org", false)]
    [InlineData("ada @example.org", false)]
    [InlineData("ada@example.org, bob@example.org", false)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123x@example.org", false)]
    public void An_address_has_a_shape(string email, bool plausible) => Assert.Equal(plausible, EmailShape.IsPlausible(email));

    [Fact]
    public async Task Another_policy_takes_effect_in_place_and_makes_no_version()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("insert into customers values (1, 'Ada', 'Byron', 'ada@lovelace.org', '2020-01-01'), (2, 'Alan', 'Turing', 'alan@example.com', '2020-01-01')");
        await bench.RunAsync();
        await bench.SourceAsync("update customers set last_name = 'Lovelace' where customer_id = 1");
        await bench.RunAsync();
        await bench.SourceAsync("delete from customers where customer_id = 2");
        Assert.Equal(["1 Ada - 32 - 32 khh f", "1 Ada - 32 - 32 khh t", "2 Alan - 32 - 32 khh t"], await bench.ListAsync(Personal));
        var keys = await bench.ListAsync("select customer_key || ' ' || valid_from || ' ' || valid_to from dw.dim_customer order by 1");

        await UseAsync("mask", "drop", "mask");
        // The closed version and the customer who is gone are reduced to what is allowed, not made anew.
        Assert.Equal(["1 A*** - - mdm- f", "1 A*** - a***@***.org mdm t", "2 A*** - - mdm- t"], await bench.ListAsync(Personal));
        Assert.DoesNotContain("Ada", await bench.ContentsAsync());

        await UseAsync("hash", "mask", "hash");
        Assert.Equal(["1 - - - hmh- f", "1 - 32 L*** - 32 hmh t", "2 - - - hmh- t"], await bench.ListAsync(Personal));

        await bench.SourceAsync("insert into customers values (2, 'Alan', 'Turing', 'alan@example.com', '2020-01-01')");
        await UseAsync("keep", "hash", "hash");
        Assert.Equal(["1 - - - khh- f", "1 Ada - 32 - 32 khh t", "2 Alan - 32 - 32 khh t"], await bench.ListAsync(Personal));
        Assert.Equal(keys, await bench.ListAsync("select customer_key || ' ' || valid_from || ' ' || valid_to from dw.dim_customer order by 1"));

        var settled = await bench.ListAsync("select xmin::text from dw.dim_customer order by customer_key");
        await bench.RunAsync();
        Assert.Equal(settled, await bench.ListAsync("select xmin::text from dw.dim_customer order by customer_key"));

        async Task UseAsync(string firstName, string lastName, string email)
        {
            bench.Options = new() { Privacy = new() { Columns = { ["first_name"] = firstName, ["last_name"] = lastName, ["email"] = email } } };
            await bench.RunAsync();
        }
    }

    [Theory]
    [InlineData("hash")]
    [InlineData("drop")]
    public async Task Addresses_are_checked_whatever_becomes_of_them(string policy)
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        bench.Options = new() { Privacy = new() { Columns = { ["email"] = policy } } };
        await bench.SourceAsync("""
            insert into customers (customer_id, email) values (1, 'ada@example.org'), (2, ' ADA@example.org'), (3, null), (4, ' '), (5, 'nobody'), (6, 'alan@example.org')
            """);

        var report = await bench.RunAsync();

        Assert.Equal(["1", "2"], Sample("duplicate_email"));
        Assert.Equal(["3", "4"], Sample("missing_email"));
        Assert.Equal(["5"], Sample("malformed_email"));
        Assert.Equal(6, await bench.ReadAsync<long>("select count(*) from dw.dim_customer where not is_inferred"));

        string[] Sample(string check) => report.Checks.Single(result => result.Check.Name == check).Sample;
    }
}
