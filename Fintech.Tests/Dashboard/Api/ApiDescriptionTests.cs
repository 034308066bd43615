using System.Collections;
using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Fintech.Dashboard.Security;
using Fintech.Tests.Dashboard.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Fintech.Tests.Dashboard.Api;

/// <summary>/api/openapi.json against the endpoints themselves, so that one added tomorrow is described as well.</summary>
public sealed partial class ApiDescriptionTests(Servers servers) : IAsyncLifetime
{
    private const string DescriptionPath = "/api/openapi.json";

    private Stage stage = null!;
    private DashboardApp app = null!;
    private JsonElement document;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        stage = await Stage.SetAsync(servers, Token);
        app = await stage.StartAsync(Token);
        document = await app.Http.GetFromJsonAsync<JsonElement>(new Uri(DescriptionPath, UriKind.Relative), Token);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await stage.DisposeAsync();
    }

    private IEnumerable<(string Method, string Path, RouteEndpoint Endpoint)> Endpoints =>
        from endpoint in app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = "/" + Constraint().Replace(endpoint.RoutePattern.RawText!, "").Trim('/')
        where path.StartsWith("/api/", StringComparison.Ordinal) && path != DescriptionPath && !path.Contains('*')
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
        select (method, path, endpoint);

    private IEnumerable<(string Method, string Path, JsonElement Operation)> Operations =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select (operation.Name.ToUpperInvariant(), path.Name.TrimEnd('/'), operation.Value);

    [Fact]
    public void It_knows_every_endpoint_below_api_and_no_other()
    {
        var endpoints = Endpoints.Select(endpoint => $"{endpoint.Method} {endpoint.Path}").Order().ToList();
        Assert.True(endpoints.Count > 30, $"Only {endpoints.Count} endpoints were found.");
        Assert.Equal(endpoints, Operations.Select(operation => $"{operation.Method} {operation.Path}").Order());
    }

    /// <summary>Each handler is called with a query that notes what is looked for in it: bound parameters, and what the handler reads itself.</summary>
    [Fact]
    public async Task It_has_every_parameter_that_a_handler_reads_from_the_address()
    {
        foreach (var (method, path, endpoint) in Endpoints)
        {
            var described = Operations.Single(operation => (operation.Method, operation.Path) == (method, path)).Operation.TryGetProperty("parameters", out var parameters)
                ? parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "query").ToList()
                : [];
            Assert.All(described, parameter => Assert.True(parameter.TryGetProperty("description", out _), $"{method} {path} does not describe {parameter.GetProperty("name")}."));
            Assert.Equal(
                (path, Names: string.Join(", ", (await ReadByAsync(method, endpoint, default)).Union(await ReadByAsync(method, endpoint, "1")).Order())),
                (path, Names: string.Join(", ", described.Select(parameter => parameter.GetProperty("name").GetString()).Order())));
        }
    }

    [Fact]
    public void It_says_what_every_endpoint_answers_and_what_it_is_for()
    {
        foreach (var (method, path, operation) in Operations)
        {
            Assert.True(operation.TryGetProperty("summary", out var summary) && summary.GetString()!.EndsWith('.'), $"{method} {path} has no summary.");
            var answers = operation.GetProperty("responses").EnumerateObject().Where(response => response.Name is "200" or "202" or "204").ToList();
            Assert.True(answers.Count > 0, $"{method} {path} describes no success.");
            Assert.All(answers.Where(response => response.Name != "204"), response => Assert.True(
                response.Value.TryGetProperty("content", out var content) && content.EnumerateObject().All(type => type.Value.TryGetProperty("schema", out _)),
                $"{method} {path} does not say what its {response.Name} holds."));
        }
    }

    /// <summary>As the head of the document says: a list gives its next page's cursor in next.</summary>
    [Theory]
    [InlineData("/api/transactions", "cursor")]
    [InlineData("/api/alerts", "after")]
    [InlineData("/api/pipeline/runs", "before")]
    [InlineData("/api/pipeline/quarantine", "before")]
    [InlineData("/api/pipeline/rules", "before")]
    [InlineData("/api/pipeline/commands", "before")]
    public async Task A_list_says_in_next_where_its_next_page_begins(string path, string parameter)
    {
        Assert.Contains("next", (await app.Http.GetFromJsonAsync<JsonElement>(new Uri(path, UriKind.Relative), Token)).EnumerateObject().Select(property => property.Name));
        var described = document.GetProperty("paths").GetProperty(path).GetProperty("get").GetProperty("parameters").EnumerateArray().Single(known => known.GetProperty("name").GetString() == parameter);
        Assert.StartsWith("next of the page before", described.GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_warehouse_that_is_away_is_a_503_whatever_reads_it()
    {
        await using var blind = await DashboardApp.StartAsync("Host=127.0.0.1;Port=1;Username=me;Password=hidden-password;Database=x", stage.Redis.Configuration, Token, "--environment=Development");
        foreach (var path in (string[])
            [
                "/api/transactions", "/api/alerts", "/api/alerts/changes", "/api/alerts/open", "/api/alerts/rules", "/api/alerts/detail?id=t-1", "/api/alerts/history?id=t-1", "/api/alerts/snoozes",
                "/api/alerts/snoozes/requests/1", "/api/pipeline/", "/api/pipeline/streams", "/api/pipeline/runs", "/api/pipeline/quarantine", "/api/pipeline/rules", "/api/pipeline/commands",
                "/api/history/totals", "/api/history/merchants.csv?currency=USD", "/api/kpis",
            ])
        {
            using var answer = await blind.Http.GetAsync(new Uri(path, UriKind.Relative), Token);
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, answer.StatusCode));
            Assert.EndsWith(".", await answer.DetailAsync(Token), StringComparison.Ordinal);
            var body = await answer.Content.ReadAsStringAsync(Token);
            Assert.DoesNotContain("hidden-password", body, StringComparison.Ordinal);
            Assert.DoesNotContain("Npgsql", body, StringComparison.Ordinal);
        }
    }

    /// <param name="value">Of every parameter. Binding ends at the first one that is needed and missing, or that cannot be read: so it is asked without values, and with one.</param>
    private async Task<IReadOnlySet<string>> ReadByAsync(string method, RouteEndpoint endpoint, StringValues value)
    {
        var noting = new NotingQuery(value);
        await using var scope = app.Services.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider, RequestAborted = Token };
        context.Request.Method = method;
        context.Request.ContentType = "application/json";
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes("{}"));
        context.Request.ContentLength = 2;
        context.Features.Set<IHttpRequestBodyDetectionFeature>(new HasBody());
        context.Features.Set<IQueryFeature>(new QueryFeature(noting));
        context.Response.Body = new MemoryStream();
        context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "tester"), new Claim(ClaimTypes.Role, Roles.Admin)], "test"));
        foreach (var parameter in endpoint.RoutePattern.Parameters)
            context.Request.RouteValues[parameter.Name] = "1";
        try
        {
            await endpoint.RequestDelegate!(context);
        }
        catch (Exception e) when (e is BadHttpRequestException or NullReferenceException or InvalidOperationException or ArgumentException)
        {
            // An empty body is not what it asks for; what it looked for in the address it has looked for before.
        }

        return noting.Names;
    }

    private sealed class HasBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }

    /// <summary>A query that remembers what it was asked for.</summary>
    private sealed class NotingQuery(StringValues given) : IQueryCollection
    {
        public HashSet<string> Names { get; } = [];

        public int Count => 0;

        public ICollection<string> Keys => [];

        public StringValues this[string key]
        {
            get
            {
                Names.Add(key);
                return given;
            }
        }

        public bool ContainsKey(string key) => TryGetValue(key, out _);

        public bool TryGetValue(string key, out StringValues value)
        {
            value = this[key];
            return value.Count > 0;
        }

        public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator() => Enumerable.Empty<KeyValuePair<string, StringValues>>().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [GeneratedRegex(@":\w+(?=\})")]
    private static partial Regex Constraint();
}
