using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Fintech.Dashboard;
using Fintech.Dashboard.Live;
using Fintech.Dashboard.Live.Filters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Dashboard;

public sealed class LivePartsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 14, 30, 30, TimeSpan.Zero);

    [Theory]
    [InlineData(2, 0, 8, null, "live", null)]
    [InlineData(2, 500, 8, null, "live", null)]
    [InlineData(9, 0, 8, null, "live", null)]
    [InlineData(11, 0, 8, null, "idle", null)]
    [InlineData(null, 0, 8, null, "idle", null)]
    [InlineData(11, 0, 0, null, "idle", "No worker holds the streams: what comes now would wait. Start Fintech.Etl.Worker.")]
    [InlineData(6, 12, 8, null, "stale", "12 entries wait in the streams, and the last commit is 6 s old.")]
    [InlineData(6, 12, 0, null, "stale", "12 entries wait in the streams, and the last commit is 6 s old. No worker holds the streams: start Fintech.Etl.Worker.")]
    [InlineData(360, 1, 8, null, "stale", "1 entry waits in the streams, and the last commit is 6 min old.")]
    [InlineData(null, 4_000, 8, null, "stale", "4,000 entries wait in the streams, and nothing was ever committed.")]
    [InlineData(-3_600, 0, 8, null, "stale", "The last commit lies 60 min in the future: the warehouse's clock was set back.")]
    [InlineData(1, 0, 8, "Redis cannot be reached.", "down", "Redis cannot be reached.")]
    public void The_badge_says_live_only_where_numbers_flow(int? secondsSinceCommit, long lag, int? owners, string? fault, string status, string? reason) =>
        Assert.Equal((status, reason), PipelineHealth.Judge(secondsSinceCommit is { } age ? TimeSpan.FromSeconds(age) : null, lag, owners, fault));

    [Fact]
    public void Faults_are_sentences_that_say_since_when_and_what_still_holds()
    {
        var faults = new LiveFaults();
        Assert.Null(faults.Reason);
        Assert.True(faults.Redis(new RedisConnectionException(ConnectionFailureType.UnableToConnect, "secret-host:6379"), Now));
        Assert.Equal("Redis cannot be reached (since 14:30:30 UTC). The numbers are right; lag and new points are not known.", faults.Reason);
        Assert.Null(faults.WarehouseReason);

        Assert.True(faults.Warehouse(new NpgsqlException("secret-host:5432"), Now.AddSeconds(5)));
        Assert.False(faults.Warehouse(new NpgsqlException("secret-host:5432"), Now.AddSeconds(6)));
        Assert.Equal("The warehouse cannot be reached (since 14:30:35 UTC). There are no numbers yet.", faults.WarehouseReason);

        Assert.True(faults.Warehouse(null, Now.AddSeconds(6)));
        Assert.True(faults.Warehouse(new TimeoutException(), Now.AddSeconds(6)));
        Assert.True(faults.Redis(null, Now.AddSeconds(7)));
        Assert.Equal("The warehouse did not answer in time (since 14:30:36 UTC). The numbers are the last known ones.", faults.Reason);

        Assert.True(faults.Warehouse(null, Now));
        Assert.Null(faults.Reason);
    }

    [Fact]
    public void The_rate_is_the_change_over_the_last_ten_seconds()
    {
        var rate = new RateMeter();
        rate.Add(Now, 1_000);
        Assert.Equal(0, rate.PerSecond);

        for (var tick = 1; tick <= 100; tick++)
            rate.Add(Now.AddMilliseconds(tick * 200), 1_000 + tick * 4);
        Assert.Equal(20, rate.PerSecond, 3);

        for (var tick = 1; tick <= 60; tick++)
            rate.Add(Now.AddSeconds(20).AddMilliseconds(tick * 200), 1_400);
        Assert.Equal(0, rate.PerSecond);
        Assert.InRange(rate.Series.Count, 31, 32);
    }

    [Fact]
    public void A_rebuilt_warehouse_gives_no_negative_rate()
    {
        var rate = new RateMeter();
        rate.Add(Now, 1_000_000);
        rate.Add(Now.AddSeconds(1), 10);
        Assert.Equal(0, rate.PerSecond);
        rate.Add(Now.AddSeconds(2), 30);
        Assert.Equal(20, rate.PerSecond, 3);
    }

    [Fact]
    public void Every_alert_is_a_point_once_and_comes_before_samples()
    {
        var points = new PointRing();
        for (var i = 0; i < 1_000; i++)
            points.AddSample(Point($"s-{i}", false), Now);
        for (var i = 0; i < 250; i++)
        {
            points.AddAlert(($"a-{i}", "stream"), Point($"a-{i}", true), Now, Now);
            points.AddAlert(($"a-{i}", "stream"), Point($"a-{i}", true), Now, Now);
        }

        var (first, seen) = points.Since(0, 200);
        var (second, end) = points.Since(seen, 200);

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"a-{i}"), first.Select(point => point.Id));
        Assert.Equal(Enumerable.Range(200, 50).Select(i => $"a-{i}"), second.Where(point => point.Alert).Select(point => point.Id));
        Assert.True(second.Count <= 200, $"{second.Count} points in one frame");
        Assert.Empty(points.Since(end, 200).Points);
    }

    [Fact]
    public void Points_grow_old_after_five_minutes_and_do_not_return()
    {
        var points = new PointRing();
        points.AddSample(Point("s", false), Now);
        points.AddAlert(("a", "stream"), Point("a", true), Now, Now);
        points.Trim(Now.AddMinutes(5));
        Assert.Equal(2, points.All().Points.Count);

        points.Trim(Now.AddMinutes(5.1));
        points.AddAlert(("a", "stream"), Point("a", true), Now, Now.AddMinutes(5.1));
        Assert.Empty(points.All().Points);
    }

    [Fact]
    public async Task A_slow_browser_holds_one_frame_and_loses_no_alert()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new LiveMetrics(services.GetRequiredService<IMeterFactory>());
        var dropped = 0L;
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref dropped, value));
        listener.EnableMeasurementEvents(metrics.FramesDropped);

        var browser = new SlowBrowser();
        var connection = new LiveConnection(browser, metrics, new ShownAlerts(TimeProvider.System), new SnapshotGate(TimeProvider.System), LiveWindow.FiveMinutes);
        var points = new PointRing();
        using var leave = new CancellationTokenSource();
        var pump = connection.PumpAsync(leave.Token);

        connection.Offer(State(0, points));
        await browser.Arrived.WaitAsync(TestContext.Current.CancellationToken);
        for (var sequence = 1; sequence <= 500; sequence++)
        {
            points.AddAlert(($"a-{sequence}", "stream"), Point($"a-{sequence}", true), Now, Now);
            connection.Offer(State(sequence, points));
        }

        Assert.Equal(499, Interlocked.Read(ref dropped));
        browser.Hurry();
        await browser.Arrived.WaitAsync(TestContext.Current.CancellationToken);
        for (var sequence = 501; sequence <= 503; sequence++)
        {
            connection.Offer(State(sequence, points));
            await browser.Arrived.WaitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal([500, 501, 502, 503], browser.Frames.Select(frame => frame.Sequence));
        Assert.All(browser.Frames, frame => Assert.True(frame.Points.Count <= 200));
        Assert.Equal(Enumerable.Range(1, 500).Select(i => $"a-{i}"), browser.Frames.SelectMany(frame => frame.Points).Select(point => point.Id));

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pump);
    }

    [Fact]
    public async Task Snapshots_that_are_not_taken_hold_up_the_others_for_two_seconds_at_most()
    {
        var token = TestContext.Current.CancellationToken;
        var time = new FakeTimeProvider();
        using var gate = new SnapshotGate(time);
        var never = new TaskCompletionSource();
        var deaf = Enumerable.Range(0, SnapshotGate.Places).Select(_ => gate.PassAsync(() => never.Task, token)).ToList();
        var begun = false;
        var other = gate.PassAsync(() =>
        {
            begun = true;
            return Task.CompletedTask;
        }, token);
        Assert.False(begun);

        time.Advance(TimeSpan.FromSeconds(2));
        await other.WaitAsync(TimeSpan.FromSeconds(20), token);
        Assert.True(begun);
        Assert.All(deaf, task => Assert.False(task.IsCompleted));
        never.SetResult();
        await Task.WhenAll(deaf);
    }

    [Fact]
    public void The_push_of_a_frame_ends_the_trace_of_the_transaction_once()
    {
        var trace = ActivityTraceId.CreateRandom();
        var span = ActivitySpanId.CreateRandom();
        var pushes = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == LiveMetrics.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == trace)
                    pushes.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);

        string[] traces = [$"00-{trace}-{span}-01", "not a traceparent"];
        var state = new LiveState(7, Now, new Dictionary<LiveView, LiveFrame>(), null, new PointRing(), [], traces);
        state.RecordPush();
        state.RecordPush();

        var push = Assert.Single(pushes);
        Assert.Equal(("push frame", ActivityKind.Producer, span), (push.OperationName, push.Kind, push.ParentSpanId));
        Assert.Equal(7L, push.GetTagItem("fintech.frame.sequence"));
    }

    [Fact]
    public void Faulty_settings_are_named_by_their_keys()
    {
        var settings = new DashboardOptions { TimeZone = "Mars/Olympus", FrameInterval = TimeSpan.Zero };
        var faults = new ValidateDashboardOptions().Validate(null, settings).Failures!.ToList();

        Assert.Equal("Dashboard:TimeZone names no time zone this machine knows: 'Mars/Olympus'.", faults[0]);
        Assert.StartsWith("Dashboard:FrameInterval must lie between", faults[1], StringComparison.Ordinal);
    }

    private static AmountPoint Point(string id, bool alert) => new(id, Now, 1.00m, "USD", "Groceries", alert);

    private static LiveState State(long sequence, PointRing points)
    {
        var pipeline = new PipelineState(null, 0, "idle", null, null, 0);
        var frame = new LiveFrame(sequence, Now, "5m", new Kpis(0, [], 0, 0, 0, null), null, [], [], [], [], [], pipeline, null);
        return new LiveState(sequence, Now, new Dictionary<LiveView, LiveFrame> { [LiveWindow.FiveMinutes] = frame }, null, points, [], []);
    }

    /// <summary>Takes its snapshot, and nothing more until told to hurry.</summary>
    private sealed class SlowBrowser : ILiveClient
    {
        private readonly TaskCompletionSource hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SemaphoreSlim Arrived { get; } = new(0);

        public List<LiveFrame> Frames { get; } = [];

        public void Hurry() => hurry.SetResult();

        public Task Snapshot(Prepared snapshot)
        {
            Arrived.Release();
            return hurry.Task;
        }

        public Task Frame(Prepared frame)
        {
            Frames.Add(JsonSerializer.Deserialize<LiveFrame>(frame.Json.Span, JsonSerializerOptions.Web)!);
            Arrived.Release();
            return Task.CompletedTask;
        }
    }
}
