using System.Reflection;
using System.Text.RegularExpressions;
using Fintech.Dashboard.Live;
using Fintech.Tests.Analysis;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fintech.Tests.Dashboard.Security;

/// <summary>First names are kept in the warehouse for analysts. They are on no page: markup planted in one has no way to anybody's browser.</summary>
public sealed partial class CustomerNameTests(Servers servers)
{
    private const string Planted = "<img src=x onerror=alert(1)>planted-name";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_answer_has_the_name_of_a_customer()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        await bench.Warehouse.ExecuteAsync("update dw.dim_customer set first_name = $1 where customer_id is not null", Token, Planted);
        var alert = AnalysisBench.FixedSales.First(sale => sale.Alert).Id;
        await using var redis = await servers.ConnectRedisAsync();
        await using var app = await DashboardApp.StartAsync(bench.ConnectionString, redis.Configuration, Token);
        var answered = 0;
        foreach (var path in app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") != false)
            .Select(endpoint => "/" + Parameter().Replace(endpoint.RoutePattern.RawText!, "1").Trim('/')).Where(path => !path.StartsWith("/hubs/", StringComparison.Ordinal)).Distinct())
        {
            var search = path.StartsWith("/api/history/", StringComparison.Ordinal) ? "?currency=USD"
                : path is "/api/alerts/detail" or "/api/alerts/history" ? $"?id={alert}&source=stream"
                : path == "/api/kpis" ? "?window=all" : "";
            using var answer = await app.Http.GetAsync(new Uri(path + search, UriKind.Relative), Token);
            answered += answer.IsSuccessStatusCode ? 1 : 0;
            Assert.DoesNotContain("planted-name", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }

        Assert.True(answered > 25, $"Only {answered} answers were looked at.");
    }

    /// <summary>What is sent over the hub is read by the same statements.</summary>
    [Fact]
    public void No_statement_of_the_dashboard_asks_for_one()
    {
        var assembly = typeof(LiveHub).Assembly;
        var statements = assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).ToList();
        Assert.True(statements.Count > 30);
        Assert.All(statements, name => Assert.DoesNotContain("first_name", Text(assembly, name), StringComparison.OrdinalIgnoreCase));
    }

    private static string Text(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
