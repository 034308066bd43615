using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>The alerts API as the page uses it.</summary>
public sealed class TriageApiTests(Servers servers) : IAsyncLifetime
{
    private Stage stage = null!;
    private DashboardApp app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        stage = await Stage.SetAsync(servers, Token);
        app = await stage.StartAsync(Token, "--Dashboard:TraceUrl=https://traces.example.com/trace/{traceId}");
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await stage.DisposeAsync();
    }

    [Theory]
    [InlineData("severity", "c-0 c-1 c-2 m-0 m-1 m-2 l-0 l-1 l-2")]
    [InlineData("oldest", "c-0 m-0 l-0 c-1 m-1 l-1 c-2 m-2 l-2")]
    public async Task Pages_neither_repeat_nor_skip_an_alert_while_new_ones_arrive(string sort, string expected)
    {
        for (var i = 0; i < 3; i++)
        {
            foreach (var (place, severity) in ((string[])["critical", "medium", "low"]).Index())
                await stage.Warehouse.AddOpenAsync($"{severity[0]}-{i}", TimeSpan.FromMinutes(60 - i * 10 - place), Token, severity);
        }

        var seen = new List<string>();
        string? after = null;
        for (var page = 0; page == 0 || after is not null; page++)
        {
            var answer = await GetAsync($"/api/alerts?state=open&sort={sort}&limit=2{(after is null ? "" : $"&after={after}")}");
            seen.AddRange(answer.GetProperty("alerts").EnumerateArray().Select(alert => alert.GetProperty("id").GetString()!));
            after = answer.GetProperty("next").GetString();
            // Before the place where the reader is, and behind it.
            await stage.Warehouse.AddOpenAsync($"early-{page}", TimeSpan.FromHours(5), Token, "critical");
        }

        Assert.Equal(expected.Split(' '), seen.Where(id => !id.StartsWith("early", StringComparison.Ordinal)));
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    [Theory]
    [InlineData("severity=critical,low", "a-1 a-3")]
    [InlineData("rule=velocity", "a-2")]
    [InlineData("customer=7", "a-3")]
    [InlineData("min=5000&max=9000", "a-2")]
    [InlineData("age=30m", "a-1")]
    [InlineData("older=3h", "a-3")]
    [InlineData("state=acknowledged", "a-2")]
    [InlineData("severity=high&rule=velocity&state=open,acknowledged", "a-2")]
    public async Task A_filter_lets_through_what_it_names(string filter, string expected)
    {
        await stage.Warehouse.AddOpenAsync("a-1", TimeSpan.FromMinutes(5), Token, "critical");
        await stage.Warehouse.AddOpenAsync("a-2", TimeSpan.FromHours(2), Token, "high", "velocity", 6_000m);
        await stage.Warehouse.AddOpenAsync("a-3", TimeSpan.FromHours(5), Token, "low", "new-category", customerId: 7);
        await DecideAsync("a-2", null, "acknowledged");

        var answer = await GetAsync($"/api/alerts?sort=newest&{filter}");
        Assert.Equal(expected, string.Join(' ', answer.GetProperty("alerts").EnumerateArray().Select(alert => alert.GetProperty("id").GetString())));
    }

    [Theory]
    [InlineData("state=closed", "There is no state 'closed'. It is one of open, acknowledged, confirmed_fraud, false_positive.")]
    [InlineData("age=soon", "age is a number with m, h or d, such as 24h; it is 'soon'.")]
    [InlineData("min=lots", "min is a number; it is 'lots'.")]
    [InlineData("sort=colour", "There is no order 'colour'. It is one of severity, score, oldest, newest.")]
    [InlineData("limit=501", "limit lies between 1 and 500.")]
    [InlineData("after=bm9uc2Vuc2U", "after is no place in this list: take next of the page before, in the same order.")]
    public async Task What_cannot_be_understood_is_refused_in_a_sentence(string query, string sentence)
    {
        using var answer = await app.Http.GetAsync(new Uri($"/api/alerts?{query}", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(sentence, (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_decision_on_what_somebody_decided_meanwhile_is_a_conflict_that_says_who_and_when()
    {
        await stage.Warehouse.AddOpenAsync("a/1 ?", TimeSpan.FromMinutes(5), Token);
        using var first = await DecideAsync("a/1 ?", null, "confirmed_fraud", "<b>sure</b>");
        using var second = await DecideAsync("a/1 ?", null, "false_positive");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Conflict), (first.StatusCode, second.StatusCode));
        Assert.Matches("^local confirmed this as fraud [0-9]+ s ago\\.$", (await second.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("detail").GetString()!);
        var trail = (await GetAsync("/api/alerts/detail?id=a%2F1%20%3F")).GetProperty("dispositions");
        Assert.Equal(("confirmed_fraud", "local", "<b>sure</b>"), (trail[0].GetProperty("status").GetString(), trail[0].GetProperty("actor").GetString(), trail[0].GetProperty("comment").GetString()));
        using var unknown = await DecideAsync("nobody", null, "false_positive");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_decision_that_is_sent_again_is_made_once_and_answered_as_the_first_time()
    {
        await stage.Warehouse.AddOpenAsync("a-1", TimeSpan.FromMinutes(5), Token);
        using var first = await DecideAsync("a-1", null, "confirmed_fraud", "sure");
        using var again = await DecideAsync("a-1", null, "confirmed_fraud", " sure ");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, again.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(Token), await again.Content.ReadAsStringAsync(Token));

        // Another reason is another decision.
        using var other = await DecideAsync("a-1", null, "confirmed_fraud", "because of the watch");
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        Assert.Equal(1L, await stage.Warehouse.ScalarAsync<long>("select count(*) from dw.alert_disposition", Token));
    }

    [Fact]
    public async Task While_the_warehouse_is_away_reads_and_writes_say_that_it_is_worth_another_try()
    {
        await stage.Warehouse.AddOpenAsync("a-1", TimeSpan.FromMinutes(5), Token);
        await stage.CloseWarehouseAsync(Token);
        using (var read = await app.Http.GetAsync(new Uri("/api/alerts?state=open", UriKind.Relative), Token))
        using (var write = await DecideAsync("a-1", null, "acknowledged"))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (read.StatusCode, write.StatusCode));
            Assert.Equal("The warehouse cannot be read at the moment.", (await write.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("detail").GetString());
        }

        await stage.OpenWarehouseAsync(Token);
        using var later = await DecideAsync("a-1", null, "acknowledged");
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Fact]
    public async Task Changes_count_what_is_new_and_name_what_was_decided_and_taken()
    {
        await stage.Warehouse.AddOpenAsync("a-1", TimeSpan.FromMinutes(5), Token);
        await stage.Warehouse.AddOpenAsync("a-2", TimeSpan.FromMinutes(4), Token, "low");
        var asOf = Uri.EscapeDataString((await GetAsync("/api/alerts?state=open")).GetProperty("asOf").GetString()!);
        var before = await GetAsync($"/api/alerts/changes?state=open&asOf={asOf}");
        Assert.Equal((0, 2), (before.GetProperty("added").GetInt32(), before.GetProperty("counts").GetProperty("open").GetInt32()));

        await stage.Warehouse.AddOpenAsync("a-3", TimeSpan.FromMinutes(1), Token);
        await DecideAsync("a-2", null, "false_positive");
        var taken = await PostAsync("/api/alerts/take", new { holder = Guid.NewGuid() });
        Assert.Equal("a-1", taken.GetProperty("alert").GetProperty("id").GetString());

        var after = await GetAsync($"/api/alerts/changes?state=open&severity=high&asOf={asOf}&since={before.GetProperty("newest").GetInt64()}");
        Assert.Equal((1, 2, 0), (after.GetProperty("added").GetInt32(), after.GetProperty("counts").GetProperty("open").GetInt32(), after.GetProperty("counts").GetProperty("false_positive").GetInt32()));
        Assert.Equal("a-2", Assert.Single(after.GetProperty("decisions").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal("local", Assert.Single(after.GetProperty("claims").EnumerateArray()).GetProperty("claim").GetProperty("actor").GetString());
        Assert.Equal(2, (await GetAsync("/api/alerts/open")).GetProperty("open").GetInt32());
    }

    [Fact]
    public async Task The_detail_has_stages_trace_and_the_customers_weeks_under_all_versions()
    {
        await stage.Warehouse.AddOpenAsync("a-1", TimeSpan.FromMinutes(5), Token);
        var alert = (await GetAsync("/api/alerts?state=open")).GetProperty("alerts")[0];
        var at = alert.GetProperty("occurredAt").GetDateTimeOffset();
        await stage.Warehouse.AddPurchaseAsync("t-old", 42, 10m, at.AddDays(-3), Token);
        await stage.Warehouse.ExecuteAsync("update dw.dim_customer set is_current = false, valid_to = now() where customer_id = 42", Token);
        await stage.Warehouse.ExecuteAsync("insert into dw.dim_customer (customer_id, valid_from) values (42, now())", Token);
        await stage.Warehouse.AddPurchaseAsync("t-day", 42, 20m, at.AddHours(-20), Token);
        await stage.Warehouse.AddPurchaseAsync("t-hour", 42, 30m, at.AddMinutes(-30), Token);
        await stage.Warehouse.AddPurchaseAsync("t-euro", 42, 99m, at.AddMinutes(-20), Token, "EUR");
        await stage.Warehouse.AddPurchaseAsync("t-after", 42, 40m, at.AddHours(2), Token);
        await stage.Warehouse.AddPurchaseAsync("t-long-ago", 42, 40m, at.AddDays(-40), Token);
        await stage.Warehouse.AddPurchaseAsync("a-1", 42, 4_500m, at, Token);

        var dossier = await GetAsync("/api/alerts/detail?id=a-1&source=stream");
        Assert.Equal("https://traces.example.com/trace/0af7651916cd43dd8448eb211c80319c", dossier.GetProperty("traceUrl").GetString());
        Assert.True(dossier.GetProperty("stages").GetProperty("scoredAt").GetDateTimeOffset() < dossier.GetProperty("stages").GetProperty("committedAt").GetDateTimeOffset());

        var history = await GetAsync("/api/alerts/history?id=a-1&source=stream");
        Assert.Equal("t-after a-1 t-euro t-hour t-day t-old", string.Join(' ', history.GetProperty("transactions").EnumerateArray().Select(one => one.GetProperty("id").GetString())));
        Assert.Equal("a-1", Assert.Single(history.GetProperty("transactions").EnumerateArray(), one => one.GetProperty("alert").GetBoolean()).GetProperty("id").GetString());
        Assert.Equal((2, 4_530m), Spent("hour"));
        Assert.Equal((3, 4_550m), Spent("day"));

        (int, decimal) Spent(string window) => (history.GetProperty(window).GetProperty("purchases").GetInt32(), history.GetProperty(window).GetProperty("amount").GetDecimal());
    }

    [Fact]
    public async Task A_snooze_is_asked_of_the_worker_and_its_answer_can_be_followed()
    {
        var until = DateTimeOffset.UtcNow.AddDays(7);
        var id = (await PostAsync("/api/alerts/snoozes", new { customerId = 42, rule = "velocity", until, reason = "travels" })).GetProperty("commandId").GetInt64();
        Assert.Equal("snooze local 42 velocity travels", await stage.Warehouse.ScalarAsync<string>(
            "select concat_ws(' ', name, requested_by, arguments ->> 'customer_id', arguments ->> 'rule', arguments ->> 'reason') from etl.command", Token));
        Assert.Null((await GetAsync($"/api/alerts/snoozes/requests/{id}")).GetProperty("outcome").GetString());

        await stage.Warehouse.ExecuteAsync("""update etl.command set started_at = now(), finished_at = now(), outcome = 'succeeded', answer = '{"message":"It is done."}'""", Token);
        Assert.Equal("It is done.", (await GetAsync($"/api/alerts/snoozes/requests/{id}")).GetProperty("message").GetString());
        await stage.Warehouse.ExecuteAsync("insert into etl.rule_snooze (customer_id, rule, until, reason, created_by) values (42, 'velocity', $1, 'travels', 'ada')", Token, until.UtcDateTime);
        Assert.Equal("velocity", Assert.Single((await GetAsync("/api/alerts/snoozes?customer=42")).EnumerateArray()).GetProperty("rule").GetString());
        Assert.Empty((await GetAsync("/api/alerts/snoozes?customer=43")).EnumerateArray());
    }

    private Task<JsonElement> GetAsync(string address) => app.Http.GetFromJsonAsync<JsonElement>(address, Token);

    private async Task<JsonElement> PostAsync(string address, object body)
    {
        using var answer = await app.Http.PostAsJsonAsync(address, body, Token);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    private Task<HttpResponseMessage> DecideAsync(string id, long? after, string status, string? comment = null) =>
        app.Http.PostAsJsonAsync("/api/alerts/decisions", new { alerts = new[] { new { id, source = "stream", after } }, status, comment }, Token);
}
