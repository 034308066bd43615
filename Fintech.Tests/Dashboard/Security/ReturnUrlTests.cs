using Fintech.Dashboard.Security;
using Xunit;

namespace Fintech.Tests.Dashboard.Security;

public sealed class ReturnUrlTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/alerts")]
    [InlineData("/alerts?rule=velocity&severity=high")]
    [InlineData("/?merchant=Caf%C3%A9%20%2F%20Bar")]
    [InlineData("/history?from=2026-01-01T00:00:00Z")]
    [InlineData("/?q=//not-a-host")]
    public void A_place_of_this_server_stays(string wanted) => Assert.Equal(wanted, ReturnUrl.LocalOrHome(wanted));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("alerts")]
    [InlineData("//evil.example")]
    [InlineData("///evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("\\\\evil.example")]
    [InlineData("https://evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData(" /alerts")]
    [InlineData("/\t/evil.example")]
    [InlineData("/\n/evil.example")]
    [InlineData("/%2Fevil.example")]
    [InlineData("/%2fevil.example")]
    [InlineData("/%5Cevil.example")]
    [InlineData("/%252F%252Fevil.example")]
    [InlineData("/%09/evil.example")]
    [InlineData("/.//evil.example")]
    [InlineData("/a/..//evil.example")]
    [InlineData("/a/../b")]
    [InlineData("/\u2215evil.example")]
    [InlineData("/sign-in?t=x")]
    [InlineData("/sign-out")]
    public void Anything_else_becomes_the_first_page(string? wanted) => Assert.Equal("/", ReturnUrl.LocalOrHome(wanted));
}
