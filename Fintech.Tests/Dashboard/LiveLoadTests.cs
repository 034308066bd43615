using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>The live page under load, in a real browser: nothing moves that should not, nothing grows, and the page goes on answering.</summary>
public sealed class LiveLoadTests(Servers servers, ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>Given, the measurement proper: so many seconds at 10,000 a second on a machine that has nothing else to do, judged by the clock too.</summary>
    private const string MeasuredSeconds = "FINTECH_TEST_PAGE_LOAD_SECONDS";

    private const string Watch =
        """
        window.watched = { shift: 0, shifts: [], tasks: [], frames: 0 };
        const visible = (node) => node ? `${node.nodeName.toLowerCase()}${node.id ? '#' + node.id : ''}.${node.className ?? ''}` : '?';
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            // A new alert enters at the head of its list and the others make room: that is what a list of the newest is.
            const others = entry.sources.filter((source) => !(source.node?.parentElement ?? source.node)?.closest?.('#alert-list'));
            if (entry.hadRecentInput || (entry.sources.length > 0 && others.length === 0)) continue;
            watched.shift += entry.value;
            watched.shifts.push(`${entry.value.toFixed(4)} at ${Math.round(entry.startTime)} ms: ${entry.sources.map((source) => visible(source.node)).join(', ')}`);
          }
        }).observe({ type: 'layout-shift', buffered: true });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) watched.tasks.push([Math.round(entry.startTime), Math.round(entry.duration)]);
        }).observe({ type: 'longtask', buffered: true });
        """;

    private Stage stage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        stage = await Stage.SetAsync(servers, Token);
        await stage.Warehouse.PaintAsync(Token);
        await stage.RingThePastAsync(Token);
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Theory]
    [InlineData(1440, 900)]
    [InlineData(390, 844)]
    public async Task The_layout_stays_where_it_is_from_the_first_paint_on(int width, int height)
    {
        await using var chromium = await Chromium.LaunchAsync();
        await using var app = await stage.StartAsync(Token);
        await using var stream = await SyntheticStream.StartAsync(stage, 200, Token);
        await using var screen = await Screen.OpenAsync(chromium, width, height, ColorScheme.Light);
        await screen.Page.AddInitScriptAsync(Watch);
        await screen.GoAsync(app, "/");
        await Task.Delay(TimeSpan.FromSeconds(10), Token);   // What is looked at is what happens meanwhile.

        var watched = await WatchedAsync(screen.Page);
        Assert.True(watched.Shift < 0.05, $"The layout shifted by {watched.Shift:F4}: {string.Join("; ", watched.Shifts)}");
        screen.HasNoProblems();
    }

    [Fact]
    public async Task At_10000_a_second_the_page_goes_on_answering_and_does_not_grow()
    {
        var measured = Environment.GetEnvironmentVariable(MeasuredSeconds);
        var seconds = measured is null ? 15 : int.Parse(measured, CultureInfo.InvariantCulture);
        await using var chromium = await Chromium.LaunchAsync();
        await using var app = await stage.StartAsync(Token);
        await using var stream = await SyntheticStream.StartAsync(stage, 10_000, Token);
        await using var screen = await Screen.OpenAsync(chromium, 1440, 900, ColorScheme.Dark);
        await screen.Page.AddInitScriptAsync(Watch);
        await screen.GoAsync(app, "/");

        // Loading and the first picture are not what is measured; rings and lists are full after their span.
        await Task.Delay(TimeSpan.FromSeconds(measured is null ? 5 : 330), Token);
        var before = await WatchedAsync(screen.Page);
        var (heapBefore, nodesBefore) = await HeapAsync(screen);
        var committed = stream.Transactions;
        await Task.Delay(TimeSpan.FromSeconds(seconds), Token);
        var (after, sent) = (await WatchedAsync(screen.Page), stream.Transactions);
        var (heap, nodes) = await HeapAsync(screen);

        // What HeapAsync itself takes (a collection) began after the second look.
        var tasks = after.Tasks.Skip(before.Tasks.Count).Where(task => task[0] >= before.Now && task[0] < after.Now).Select(task => task[1]).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"RESULT page rate={(sent - committed) * 1_000 / (after.Now - before.Now):F0} seconds={seconds} longest_task_ms={tasks.DefaultIfEmpty(0).Max()} tasks_over_100ms={tasks.Count(task => task > 100)} heap_mb_before={heapBefore:F1} heap_mb_after={heap:F1} nodes_before={nodesBefore} nodes_after={nodes}"));

        Assert.True(nodes < nodesBefore + 500, $"The page had {nodesBefore} nodes, then {nodes}.");
        Assert.True(heap < heapBefore + (measured is null ? 15 : 5), $"The page held {heapBefore:F1} MB, then {heap:F1} MB.");
        Assert.True(await screen.Page.Locator("#badge").GetAttributeAsync("data-state") is "live", "The badge does not say live.");
        screen.HasNoProblems();
        if (measured is not null)
            Assert.All(tasks, task => Assert.True(task <= 100, $"A task took {task} ms."));
    }

    private static async Task<Watched> WatchedAsync(IPage page)
    {
        var json = await page.EvaluateAsync<string>("JSON.stringify({ ...watched, now: performance.now() })");
        return JsonSerializer.Deserialize<Watched>(json, JsonSerializerOptions.Web)!;
    }

    /// <summary>What is still held after a collection, in MB, and the nodes of the document.</summary>
    private static async Task<(double Heap, int Nodes)> HeapAsync(Screen screen)
    {
        var session = await screen.Page.Context.NewCDPSessionAsync(screen.Page);
        await session.SendAsync("HeapProfiler.collectGarbage");
        await session.SendAsync("Performance.enable");
        var metrics = (await session.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics").EnumerateArray()
            .ToDictionary(metric => metric.GetProperty("name").GetString()!, metric => metric.GetProperty("value").GetDouble());
        await session.DetachAsync();
        return (metrics["JSHeapUsedSize"] / 1e6, (int)metrics["Nodes"]);
    }

    /// <param name="Tasks">Begin and length of each task of more than 50 ms, in milliseconds since the page began.</param>
    private sealed record Watched(double Shift, IReadOnlyList<string> Shifts, IReadOnlyList<int[]> Tasks, double Now);
}
