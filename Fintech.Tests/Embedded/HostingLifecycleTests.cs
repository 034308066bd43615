using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>Waiting, ending, starting again, stopping: on small shell programs.</summary>
public sealed class HostingLifecycleTests : IAsyncLifetime
{
    private readonly IDistributedApplicationTestingBuilder _builder = DistributedApplicationTestingBuilder.Create();
    private readonly string _folder = Directory.CreateTempSubdirectory("fintech-lifecycle-").FullName;
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private string Journal => Path.Combine(_folder, "journal");

    public ValueTask InitializeAsync()
    {
        _deadline.CancelAfter(TimeSpan.FromSeconds(30));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _builder.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        _deadline.Dispose();
    }

    [Fact]
    public async Task A_resource_starts_when_what_it_waits_for_has_completed()
    {
        var first = Shell("first", "sleep 0.3; echo first ends >> journal");
        Shell("second", "echo second begins >> journal").WaitForCompletion(first);

        await using var app = await StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("second", KnownResourceStates.Finished, _deadline.Token);

        Assert.Equal(["first ends", "second begins"], await File.ReadAllLinesAsync(Journal, _deadline.Token));
    }

    [Fact]
    public async Task Who_waits_for_a_completion_that_fails_is_told_so()
    {
        Shell("second", "true").WaitForCompletion(Shell("first", "exit 3"));

        await using var app = await StartAsync();
        var failure = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => app.ResourceNotifications.WaitForResourceHealthyAsync("second", _deadline.Token));

        Assert.Contains("'second' waits for 'first' to end with exit code 0, but it is Exited (exit code 3)", failure.Message);
    }

    [Fact]
    public async Task A_completion_may_be_waited_for_with_another_exit_code_than_zero()
    {
        Shell("second", "echo second begins >> journal").WaitForCompletion(Shell("first", "exit 3"), exitCode: 3);

        await using var app = await StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("second", KnownResourceStates.Finished, _deadline.Token);

        Assert.Equal(["second begins"], await File.ReadAllLinesAsync(Journal, _deadline.Token));
    }

    [Fact]
    public async Task A_start_is_waited_for_without_a_look_at_health()
    {
        _builder.Services.AddHealthChecks().AddCheck("never", () => HealthCheckResult.Unhealthy("never"));
        Shell("hasty", "sleep 60").WaitForStart(Shell("sick", "sleep 60").WithHealthCheck("never"));

        await using var app = await StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("hasty", KnownResourceStates.Running, _deadline.Token);
    }

    [Fact]
    public async Task An_existing_connection_keeps_nobody_waiting()
    {
        _builder.Configuration["ConnectionStrings:source"] = "Host=elsewhere";
        Shell("service", "sleep 60").WaitFor(_builder.AddConnectionString("source"));

        await using var app = await StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("service", KnownResourceStates.Running, _deadline.Token);
    }

    [Fact]
    public async Task A_service_is_healthy_once_its_path_answers_with_the_expected_status()
    {
        var service = Shell("service", "sleep 60").WithHttpEndpoint().WithHttpHealthCheck("/ready", statusCode: 204);
        await using var app = await StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("service", e => e.Snapshot.HealthReports.Any(r => r.Status == HealthStatus.Unhealthy), _deadline.Token);

        using (var wrong = new HttpAnswer(service.GetEndpoint("http").Port, "", status: 200))
            await app.ResourceNotifications.WaitForResourceAsync(
                "service", e => e.Snapshot.HealthReports.Any(r => r.Description?.EndsWith("/ready answers 200, not 204", StringComparison.Ordinal) == true), _deadline.Token);
        using var right = new HttpAnswer(service.GetEndpoint("http").Port, "", status: 204);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _deadline.Token);
    }

    [Fact]
    public void Waiting_for_a_database_is_waiting_for_its_server_too()
    {
        var database = _builder.AddPostgres("dwh").AddDatabase("warehouse");

        var service = Shell("service", "true").WaitFor(database);

        Assert.Equal(["dwh", "warehouse"], service.Resource.Annotations.OfType<WaitAnnotation>().Select(w => w.Resource.Name));
    }

    [Fact]
    public async Task A_resource_waits_until_its_dependency_is_healthy()
    {
        var healthy = false;
        using var asked = new SemaphoreSlim(0);
        _builder.Services.AddHealthChecks().AddCheck("gate", () =>
        {
            asked.Release();
            return Volatile.Read(ref healthy) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("the gate is shut");
        });
        Shell("patient", "sleep 60").WaitFor(Shell("slow", "sleep 60").WithHealthCheck("gate"));

        await using var app = await StartAsync();
        for (var times = 0; times < 3; times++)
            await asked.WaitAsync(_deadline.Token);
        Assert.Equal(KnownResourceStates.Running, StateOf(app, "slow"));
        Assert.Equal(KnownResourceStates.Waiting, StateOf(app, "patient"));

        Volatile.Write(ref healthy, true);
        await app.ResourceNotifications.WaitForResourceAsync("patient", KnownResourceStates.Running, _deadline.Token);
    }

    [Fact]
    public async Task A_resource_that_cannot_start_fails_the_wait_with_the_reason()
    {
        _builder.AddExecutable("absent", "/no/such/program", "/");

        await using var app = await StartAsync();
        var failure = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => app.ResourceNotifications.WaitForResourceHealthyAsync("absent", _deadline.Token));

        Assert.Contains("'absent'", failure.Message);
        Assert.Contains("/no/such/program", failure.Message);
    }

    [Fact]
    public async Task A_wait_that_times_out_names_what_it_waited_for()
    {
        Shell("sleeper", "sleep 60").WaitFor(Shell("endless", "sleep 60").WithHttpEndpoint().WithHttpHealthCheck("/health"));
        await using var app = await StartAsync();
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));

        var timeout = await Assert.ThrowsAsync<OperationCanceledException>(
            () => app.ResourceNotifications.WaitForResourceHealthyAsync("endless", soon.Token));

        Assert.Contains("resource 'endless', which is Running, health check endless_http_/health_200_check", timeout.Message);
    }

    [Fact]
    public async Task Resources_stop_in_the_opposite_order()
    {
        var store = Shell("store", "trap 'echo store ends >> journal; exit 0' TERM; while :; do sleep 0.05; done");
        Shell("service", "trap 'sleep 0.3; echo service ends >> journal; exit 0' TERM; touch 'service is up'; while :; do sleep 0.05; done").WaitFor(store);

        var app = await StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _deadline.Token);
        await UntilAsync(() => File.Exists(Path.Combine(_folder, "service is up")), "the service's shell to set its trap");
        await app.DisposeAsync();

        Assert.Equal(["service ends", "store ends"], await File.ReadAllLinesAsync(Journal, _deadline.Token));
    }

    [Fact]
    public void Two_resources_of_one_name_are_refused()
    {
        Shell("one", "true");

        Assert.Contains("'ONE'", Assert.Throws<DistributedApplicationException>(() => Shell("ONE", "true")).Message);
        Assert.Contains("'1st'", Assert.Throws<ArgumentException>(() => Shell("1st", "true")).Message);
    }

    private IResourceBuilder<ExecutableResource> Shell(string name, string script) => _builder.AddExecutable(name, "/bin/sh", _folder, "-c", script);

    private async Task<DistributedApplication> StartAsync()
    {
        var app = await _builder.BuildAsync(_deadline.Token);
        await app.StartAsync(_deadline.Token);
        return app;
    }

    private async Task UntilAsync(Func<bool> condition, string waitedFor)
    {
        while (!condition())
            await Task.Delay(20, _deadline.Token).ContinueWith(t => Assert.False(t.IsCanceled, $"Waited in vain for {waitedFor}."), CancellationToken.None);
    }

    private static string? StateOf(DistributedApplication app, string name) =>
        app.ResourceNotifications.TryGetCurrentState(name, out var known) ? known.Snapshot.State?.Text : null;
}
