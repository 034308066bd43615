using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.Dashboard;

/// <summary>The pipeline page in a real browser, with the worker's side of the commands beside it.</summary>
public sealed class PipelinePageTests(Servers servers) : IAsyncLifetime
{
    private const float PatienceMs = 60_000;

    private readonly List<string> problems = [];
    private PipelineBench bench = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => bench = await PipelineBench.CreateAsync(servers);

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task A_rejected_row_is_corrected_and_replayed_until_it_is_a_fact()
    {
        bench.Commands.Start();
        await using var chromium = await Chromium.LaunchAsync();
        var page = await OpenAsync(chromium, "view=quarantine&check=amount_not_positive");
        await page.Locator("[data-testid=quarantine] tr[data-row] a").Last.ClickAsync();

        var form = page.GetByTestId("fix");
        await form.Locator("input[name=amount]").FillAsync("12.50");
        await form.Locator("input[name=merchant_name]").FillAsync("<img src=x onerror=alert(1)>");
        await Expect(form.Locator(".question-says")).ToContainTextAsync("amount: 0 → 12.50");
        await form.GetByText("Correct and replay").ClickAsync();

        await Expect(page.GetByTestId("rejected")).ToContainTextAsync("a fact now", new() { Timeout = PatienceMs });
        await Expect(page.GetByTestId("payload")).ToContainTextAsync("<img src=x onerror=alert(1)>");
        await Expect(page.Locator("[data-name='rejected replay'][data-state=succeeded]")).ToContainTextAsync("1 became facts");
        Assert.Equal(12.50m, (await bench.Batch.FactsAsync("transaction_id = '5'")).Amount);
        Assert.Empty(problems);
    }

    [Fact]
    public async Task A_threshold_is_changed_in_shadow_and_the_history_says_who_did_it()
    {
        bench.Commands.Start();
        await using var chromium = await Chromium.LaunchAsync();
        var page = await OpenAsync(chromium, "view=rules");
        await page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        var editor = page.GetByTestId("rule-editor");
        var rule = editor.Locator("[data-rule=velocity]");
        await rule.Locator("input[name=count]").FillAsync("11");
        await PublishAsync(page, "try more");
        await Expect(editor.GetByRole(AriaRole.Alert)).ToHaveTextAsync("It cannot be used. velocity: count must be 1 to 10; it is 11.", new() { Timeout = PatienceMs });

        await rule.Locator("input[name=count]").FillAsync("3");
        await Expect(editor.Locator(".changes")).ToHaveTextAsync("velocity: count 5 → 3");
        await PublishAsync(page, "<b>fewer</b>");

        await Expect(editor).ToBeHiddenAsync(new() { Timeout = PatienceMs });
        var newest = page.GetByTestId("rule-history").Locator("li").First;
        await Expect(newest).ToContainTextAsync("Version 2", new() { Timeout = PatienceMs });
        await Expect(newest).ToContainTextAsync("<b>fewer</b>");
        await Expect(newest).ToContainTextAsync("velocity: count 5 → 3");
        Assert.Equal(
            "3 true dashboard: local",
            await bench.Batch.ReadAsync<string>("select concat_ws(' ', rule ->> 'count', rule ->> 'shadow', created_by) from etl.rule_set, jsonb_array_elements(rules) rule where version = 2 and rule ->> 'rule' = 'velocity'"));
        Assert.Empty(problems);
    }

    [Fact]
    public async Task A_draft_of_an_old_version_is_told_that_somebody_was_faster()
    {
        bench.Commands.Start();
        await using var chromium = await Chromium.LaunchAsync();
        var page = await OpenAsync(chromium, "view=rules");
        await page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await page.Locator("[data-rule=high-value] input[name=threshold]").FillAsync("2000");
        await bench.Batch.WarehouseAsync("""insert into etl.rule_set (rules, created_by) values ('[{"rule":"high-value","threshold":4000,"currency":"USD"}]', 'dashboard: mia')""");

        var editor = page.GetByTestId("rule-editor");
        await Expect(editor).ToContainTextAsync("Version 2 was published by mia meanwhile", new() { Timeout = PatienceMs });
        await PublishAsync(page, "late");
        await Expect(editor.GetByRole(AriaRole.Alert)).ToContainTextAsync("Rule set 2 was written by dashboard: mia", new() { Timeout = PatienceMs });
        Assert.Equal(2, await bench.Batch.ReadAsync<int>("select max(version) from etl.rule_set"));
    }

    [Fact]
    public async Task A_run_that_is_asked_for_while_no_worker_is_there_waits_says_so_and_is_done_later()
    {
        await using var chromium = await Chromium.LaunchAsync();
        var page = await OpenAsync(chromium, "view=runs");
        await page.GetByRole(AriaRole.Button, new() { Name = "Run now" }).DblClickAsync();
        var command = page.GetByTestId("commands").Locator("[data-name=run]");
        await Expect(command).ToContainTextAsync("no worker takes commands", new() { Timeout = PatienceMs });
        await Expect(command).ToHaveCountAsync(1);

        bench.Commands.Start();
        await Expect(command).ToHaveAttributeAsync("data-state", "succeeded", new() { Timeout = PatienceMs });
        await Expect(page.GetByTestId("runs")).ToContainTextAsync("dashboard", new() { Timeout = PatienceMs });
        Assert.Equal(1L, await bench.Batch.ReadAsync<long>("select count(*) from etl.command"));
        Assert.Empty(problems);
    }

    /// <summary>Pictures, and that nothing is wider than the screen.</summary>
    [Theory]
    [InlineData("light", 1440, 900, ColorScheme.Light)]
    [InlineData("dark", 1440, 900, ColorScheme.Dark)]
    [InlineData("phone", 390, 844, ColorScheme.Light)]
    [InlineData("phone-dark", 390, 844, ColorScheme.Dark)]
    public async Task Every_view_fits_the_screen(string name, int width, int height, ColorScheme scheme)
    {
        bench.Commands.Start();
        await bench.Batch.WarehouseAsync("""
            insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, sealed, content_hash)
            values (1, 'transactions:3', 'stream', repeat('long-key-', 40), 'malformed', repeat('A very long reason. ', 40), '\x00', '\x01')
            """);
        (await bench.AskAsync("audit", "{}")).EnsureSuccessStatusCode();
        (await bench.AskAsync("rejected discard", """{"ids": [999], "because": "test data"}""")).EnsureSuccessStatusCode();
        await Eventually.ReadAsync(
            "both commands to be answered", _ => bench.Batch.ReadAsync<long>("select count(*) from etl.command where finished_at is not null"), answered => answered == 2, TimeSpan.FromSeconds(60), Token);

        await using var chromium = await Chromium.LaunchAsync();
        var row = await bench.Commands.Quarantine.IdAsync("5");
        foreach (var (view, query) in ((string, string)[])
        [
            ("", "view=runs"), ("-run", "view=runs&run=1"), ("-sources", "view=sources"), ("-streams", "view=streams"),
            ("-quarantine", "view=quarantine"), ("-row", $"view=quarantine&row={row}"), ("-rules", "view=rules"), ("-webhooks", "view=webhooks"),
        ])
        {
            var page = await OpenAsync(chromium, query, width, height, scheme);
            Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
            if (view is "" or "-quarantine" or "-rules")
                await page.ScreenshotAsync(new() { Path = Chromium.PicturePath($"pipeline{(view is "" ? "-runs" : view)}-{name}") });
            await page.CloseAsync();
        }

        Assert.Empty(problems);
    }

    private static async Task PublishAsync(IPage page, string because)
    {
        await page.GetByTestId("rule-editor").GetByText("Publish…").ClickAsync();
        await page.Locator("dialog[open] input[name=because]").FillAsync(because);
        await page.GetByTestId("question-action").ClickAsync();
    }

    private async Task<IPage> OpenAsync(Chromium chromium, string query, int width = 1440, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        var page = await chromium.Browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
        page.SetDefaultTimeout(PatienceMs);
        page.PageError += (_, error) => problems.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                problems.Add(message.Text);
        };
        await page.GotoAsync(new Uri(bench.App.Address, $"/pipeline?{query}").ToString());
        await Expect(page.Locator("#pipeline[data-state=read]")).ToBeVisibleAsync(new() { Timeout = PatienceMs });
        return page;
    }
}
