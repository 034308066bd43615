using Fintech.Dashboard.Security;
using Xunit;

namespace Fintech.Tests.Dashboard.Security;

public sealed class AccessOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(FaultsOf(new()));

    [Fact]
    public void Each_fault_names_its_key()
    {
        Assert.Contains("Dashboard:Access:LinkRole must be", FaultsOf(new() { LinkRole = "root" }), StringComparison.Ordinal);
        Assert.Contains("Dashboard:Access:LinkToken must be", FaultsOf(new() { LinkToken = "short" }), StringComparison.Ordinal);
        Assert.Contains("Dashboard:Access:Lifetime must lie", FaultsOf(new() { Lifetime = TimeSpan.FromDays(31) }), StringComparison.Ordinal);
        Assert.Contains("Dashboard:Access:ApiKeys:reports:Key must have 32", FaultsOf(new() { ApiKeys = { ["reports"] = new() { Key = "short" } } }), StringComparison.Ordinal);
        Assert.Contains("Dashboard:Access:KnownProxies holds 'proxy'", FaultsOf(new() { KnownProxies = ["proxy"] }), StringComparison.Ordinal);
        Assert.Contains("Dashboard:Access:Limits:ReadsPerSecond must lie", FaultsOf(new() { Limits = { ReadsPerSecond = 0 } }), StringComparison.Ordinal);
        Assert.Contains("Dashboard:Access:Address must be", FaultsOf(new() { Address = new("ftp://x") }), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_keys_that_nobody_could_tell_apart_are_refused()
    {
        var key = new ApiKeyOptions { Key = new string('k', 40) };
        Assert.Contains("one and two have the same key", FaultsOf(new() { ApiKeys = { ["one"] = key, ["two"] = key } }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_provider_must_be_https_and_lead_somebody_to_a_role()
    {
        var faults = FaultsOf(new() { Mode = AccessMode.OpenIdConnect, OpenIdConnect = { Authority = new("http://login.example.com"), Roles = { ["root"] = ["x"] } } });
        Assert.Contains("Dashboard:Access:OpenIdConnect:Authority must be https", faults, StringComparison.Ordinal);
        Assert.Contains("Dashboard:Access:OpenIdConnect:ClientId must be set", faults, StringComparison.Ordinal);
        Assert.Contains("Dashboard:Access:OpenIdConnect:Roles:root is no role", faults, StringComparison.Ordinal);
        Assert.Contains(":Roles must say which values", FaultsOf(new() { Mode = AccessMode.OpenIdConnect, OpenIdConnect = { Authority = new("https://login.example.com"), ClientId = "x" } }), StringComparison.Ordinal);
    }

    private static string FaultsOf(AccessOptions options) => string.Join('\n', new ValidateAccessOptions().Validate(null, options).Failures ?? []);
}
