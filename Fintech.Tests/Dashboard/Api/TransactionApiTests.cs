using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Fintech.Tests.Dashboard.Security;
using Xunit;

namespace Fintech.Tests.Dashboard.Api;

/// <summary>The read API as a program meets it.</summary>
public sealed class TransactionApiTests(Servers servers) : IAsyncLifetime
{
    private static readonly DateTime Noon = DateTime.UtcNow.Date.AddHours(12);
    private Stage stage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        stage = await Stage.SetAsync(servers, Token);

        // 60 transactions: one of now and tomorrow's worth, some of the same moment, some of years ago.
        await stage.Warehouse.ExecuteAsync(
            """
            with merchant as (
                insert into dw.dim_merchant (merchant_name, category) values ('Corner Cafe', 'Restaurants'), ('<b>Evil</b>', 'Groceries') returning merchant_key, merchant_name
            ), customer as (
                insert into dw.dim_customer (customer_id) values (41), (42) returning customer_key, customer_id
            )
            insert into dw.fact_transactions (transaction_id, source_system, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, load_id, stream_entry)
            select 't-' || to_char(n, 'FM00'), 'stream', customer_key, merchant_key, 20260101,
                   case when n <= 20 then $1 - n / 4 * interval '1 minute' when n <= 50 then $1 - n * interval '1 day' else $1 - n * interval '100 day' end,
                   $1, n + 0.25, 'USD', 1, case when n % 2 = 0 then 'transactions:0/' || n || '-0' end
            from generate_series(1, 60) n
            join customer on customer_id = 41 + n % 2
            join merchant on merchant_name = case when n % 3 = 0 then '<b>Evil</b>' else 'Corner Cafe' end
            """, Token, Noon);
        await stage.Warehouse.AddAlertAsync("t-07", 7.25m, DateTimeOffset.UtcNow, Token);
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task Pages_give_every_transaction_once_in_order_whatever_arrives_meanwhile()
    {
        await using var app = await stage.StartAsync(Token);
        var seen = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await app.Http.GetFromJsonAsync<JsonElement>(new Uri($"/api/transactions?limit=7{(cursor is null ? "" : $"&cursor={cursor}")}", UriKind.Relative), Token);
            seen.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();

            // Newer ones, which belong before what was shown.
            await stage.Warehouse.ExecuteAsync(
                """
                insert into dw.fact_transactions (transaction_id, source_system, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, load_id)
                values ($1, 'stream', 0, 0, 20260101, $2 + interval '1 hour', now(), 1, 'USD', 1)
                """, Token, $"new-{seen.Count}", Noon);
        }
        while (cursor is not null && seen.Count < 200);

        Assert.Equal(60, seen.Count);
        Assert.Equal(Enumerable.Range(1, 60).Select(n => $"t-{n:00}"), seen.Select(IdOf).Order());
        Assert.Equal(seen.Select(row => (Time: row.GetProperty("occurredAt").GetDateTimeOffset(), Id: IdOf(row))).OrderByDescending(row => row.Time).ThenByDescending(row => row.Id, StringComparer.Ordinal).Select(row => row.Id), seen.Select(IdOf));
        Assert.Equal("high", seen.Single(row => IdOf(row) == "t-07").GetProperty("severity").GetString());
        Assert.Equal("batch", seen.Single(row => IdOf(row) == "t-07").GetProperty("cameBy").GetString());
        Assert.Equal("7.25", seen.Single(row => IdOf(row) == "t-07").GetProperty("amount").GetRawText());
    }

    [Fact]
    public async Task A_list_is_narrowed_by_customer_merchant_and_time()
    {
        await using var app = await stage.StartAsync(Token);

        Assert.Equal(30, (await ListAsync("customer=42")).Count);
        Assert.Equal(20, (await ListAsync($"merchant={Uri.EscapeDataString("<b>Evil</b>")}")).Count);
        Assert.Equal(10, (await ListAsync($"merchant={Uri.EscapeDataString("<b>Evil</b>")}&customer=42")).Count);
        Assert.Equal(["t-03", "t-02", "t-01"], (await ListAsync($"from={Noon:O}")).Select(IdOf));
        Assert.Equal(10, (await ListAsync($"to={Noon.AddDays(-1_000):O}")).Count);
        Assert.Empty(await ListAsync("customer=999"));
        Assert.Empty(await ListAsync("merchant='%20or%201=1--"));

        async Task<List<JsonElement>> ListAsync(string question) =>
            [.. (await app.Http.GetFromJsonAsync<JsonElement>(new Uri($"/api/transactions?{question}", UriKind.Relative), Token)).GetProperty("items").EnumerateArray()];
    }

    [Theory]
    [InlineData("limit=0", "limit must lie between 1 and 500, and is 0.")]
    [InlineData("limit=abc", "limit")]
    [InlineData("customer=4x2", "customer")]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from must be earlier than to.")]
    [InlineData("cursor=AAAA", "This cursor is not one that this list gave.")]
    public async Task A_question_that_cannot_be_answered_is_refused_in_a_sentence(string question, string sentence)
    {
        await using var app = await stage.StartAsync(Token, "--environment=Development");
        using var answer = await app.Http.GetAsync(new Uri($"/api/transactions?{question}", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(sentence, await answer.DetailAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cursor_of_one_customer_s_list_is_refused_in_another_s()
    {
        await using var app = await stage.StartAsync(Token);
        var page = await app.Http.GetFromJsonAsync<JsonElement>(new Uri("/api/transactions?customer=42&limit=5", UriKind.Relative), Token);
        using var answer = await app.Http.GetAsync(new Uri($"/api/transactions?customer=41&limit=5&cursor={page.GetProperty("next").GetString()}", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again()
    {
        await using var app = await stage.StartAsync(Token);
        using var http = Asking.Bare(app.Address);
        using var first = await http.AskAsync(HttpMethod.Get, "/api/transactions?limit=5", Token);
        var tag = first.Headers.ETag!.ToString();
        Assert.Equal("no-cache, private", string.Join(", ", first.Headers.CacheControl!.ToString().Split(", ").Order()));

        foreach (var asked in (string[])[tag, $"W/{tag}", $"\"other\", {tag}", "*"])
        {
            using var same = await http.AskAsync(HttpMethod.Get, "/api/transactions?limit=5", Token, null, ("If-None-Match", asked));
            Assert.Equal((HttpStatusCode.NotModified, 0), (same.StatusCode, (await same.Content.ReadAsByteArrayAsync(Token)).Length));
        }

        await stage.Warehouse.ExecuteAsync("update dw.fact_transactions set amount = 99 where transaction_id = 't-03'", Token);
        using var changed = await http.AskAsync(HttpMethod.Get, "/api/transactions?limit=5", Token, null, ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    [Fact]
    public async Task Every_error_is_problem_details_with_a_sentence()
    {
        await using var app = await stage.StartAsync(Token, "--environment=Development");
        var csrf = await app.Http.GetFromJsonAsync<JsonElement>(new Uri("/api/csrf", UriKind.Relative), Token);
        foreach (var (method, path, type, status) in ((string, string, string, HttpStatusCode)[])
            [
                ("GET", "/api/nothing", "", HttpStatusCode.NotFound),
                ("GET", "/api", "", HttpStatusCode.NotFound),
                ("POST", "/api/kpis", "application/json", HttpStatusCode.MethodNotAllowed),
                ("POST", "/api/links", "text/plain", HttpStatusCode.UnsupportedMediaType),
                ("POST", "/api/links", "application/json", HttpStatusCode.BadRequest),
            ])
        {
            using var request = new HttpRequestMessage(HttpMethod.Parse(method), new Uri(path, UriKind.Relative));
            request.Headers.Add("X-CSRF-Token", csrf.GetProperty("token").GetString());
            request.Headers.Add("Accept", "text/html");
            if (type.Length > 0)
                request.Content = new StringContent("{ not json", System.Text.Encoding.UTF8, type);
            using var answer = await app.Http.SendAsync(request, Token);
            Assert.Equal((path, status), (path, answer.StatusCode));
            Assert.EndsWith(".", await answer.DetailAsync(Token), StringComparison.Ordinal);
        }
    }

    /// <summary>The commands of docs/api.md, as they stand there, in a shell.</summary>
    [Fact]
    public async Task The_examples_of_the_documentation_work()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed: apt-get install curl");
        await using var app = await stage.StartAsync(Token, "--Dashboard:Access:Mode=Link", "--Dashboard:Access:ApiKeys:reports:Key=0123456789abcdef0123456789abcdef", "--Dashboard:Access:ApiKeys:reports:Role=admin");
        var text = await File.ReadAllTextAsync(Path.Combine(Folder(), "docs", "api.md"), Token);
        var examples = Regex.Matches(text, "```sh\n(.*?)```", RegexOptions.Singleline).Select(match => match.Groups[1].Value).Where(example => example.Contains("curl", StringComparison.Ordinal)).ToList();
        Assert.True(examples.Count >= 4);
        foreach (var example in examples)
        {
            var command = example.Replace("http://localhost:5001", app.Address.ToString().TrimEnd('/'), StringComparison.Ordinal);
            using var process = Process.Start(new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", command])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["KEY"] = "0123456789abcdef0123456789abcdef" },
            })!;
            var output = process.StandardOutput.ReadToEndAsync(Token);
            var errors = await process.StandardError.ReadToEndAsync(Token);
            await process.WaitForExitAsync(Token);
            Assert.True(process.ExitCode == 0, $"{command}\n{await output}\n{errors}");
        }
    }

    private static string? IdOf(JsonElement row) => row.GetProperty("transactionId").GetString();

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Fintech.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Fintech.sln.");
    }
}
