using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Fintech.Embedded.Hosting.Console;
using Fintech.Embedded.Hosting.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>Starting, stopping and restarting one resource of a run, and what a person is told of it.</summary>
public sealed class HostingCommandsTests : IAsyncLifetime
{
    private readonly IDistributedApplicationTestingBuilder _builder = DistributedApplicationTestingBuilder.Create();
    private readonly StringWriter _screen = new();
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public ValueTask InitializeAsync()
    {
        _deadline.CancelAfter(TimeSpan.FromMinutes(1));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _builder.DisposeAsync();
        _deadline.Dispose();
    }

    [Fact]
    public async Task A_resource_of_explicit_start_waits_for_its_command_and_what_waits_for_it_waits_too()
    {
        Sleeper("after").WaitFor(Sleeper("tool").WithExplicitStart());
        await using var app = await StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("after", KnownResourceStates.Waiting, _deadline.Token);
        Assert.Equal(KnownResourceStates.NotStarted, StateOf(app, "tool"));

        // The name that the command had before Aspire 13.4, and that Aspire still takes.
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("tool", "resource-start", _deadline.Token)).Success);

        await app.ResourceNotifications.WaitForResourceAsync("tool", KnownResourceStates.Running, _deadline.Token);
        await app.ResourceNotifications.WaitForResourceAsync("after", KnownResourceStates.Running, _deadline.Token);
    }

    [Fact]
    public async Task A_resource_is_stopped_started_and_restarted_by_command()
    {
        Sleeper("service");
        await using var app = await StartAsync();
        var first = await RunningProcessAsync(app, "service", except: 0);

        Assert.Equal((true, "Resource 'service' restarted."), await ExecuteAsync(app, "service", KnownResourceCommands.RestartCommand));
        var second = await RunningProcessAsync(app, "service", except: first);
        Assert.Equal((true, "Resource 'service' stopped."), await ExecuteAsync(app, "service", KnownResourceCommands.StopCommand));
        Assert.Equal(KnownResourceStates.Finished, StateOf(app, "service"));
        Assert.Throws<ArgumentException>(() => System.Diagnostics.Process.GetProcessById(second));
        Assert.Equal((true, "Resource 'service' started."), await ExecuteAsync(app, "service", KnownResourceCommands.StartCommand));
        await RunningProcessAsync(app, "service", except: second);
    }

    [Fact]
    public async Task A_command_that_makes_no_sense_says_why()
    {
        Sleeper("service");
        Sleeper("tool").WithExplicitStart();
        _builder.AddPostgres("dwh").WithExplicitStart().AddDatabase("warehouse");
        await using var app = await StartAsync();
        await RunningProcessAsync(app, "service", except: 0);

        Assert.Equal((false, "Resource 'service' runs already."), await ExecuteAsync(app, "service", "start"));
        Assert.Equal((false, "Resource 'tool' does not run."), await ExecuteAsync(app, "tool", "stop"));
        Assert.Equal((false, "Resource 'absent' not found."), await ExecuteAsync(app, "absent", "start"));
        Assert.Equal((false, "Command 'rebuild' not available for resource 'service'."), await ExecuteAsync(app, "service", "rebuild"));
        Assert.Equal((false, "Command 'start' not available for resource 'warehouse'."), await ExecuteAsync(app, "warehouse", "start"));
    }

    [Fact]
    public async Task Started_by_hand_a_resource_waits_no_longer()
    {
        Sleeper("impatient").WaitFor(Sleeper("tool").WithExplicitStart());
        await using var app = await StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("impatient", KnownResourceStates.Waiting, _deadline.Token);

        Assert.Equal((true, "Resource 'impatient' started."), await ExecuteAsync(app, "impatient", "start"));
        await app.ResourceNotifications.WaitForResourceAsync("impatient", KnownResourceStates.Running, _deadline.Token);
        Assert.Equal(KnownResourceStates.NotStarted, StateOf(app, "tool"));
    }

    [Fact]
    public async Task A_resource_that_dies_is_shown_as_restarting_with_a_growing_delay()
    {
        Mortal("mortal", "sleep 0.1; exit 3");
        await using var app = await StartAsync();
        await using var report = await ReportAsync(app);

        foreach (var (attempt, delay) in new[] { (1, 1), (2, 2) })
        {
            var known = await app.ResourceNotifications.WaitForResourceAsync(
                "mortal", e => e.Snapshot.State?.Text == KnownResourceStates.RuntimeUnhealthy && Equals(e.Snapshot.Properties[0].Value, attempt), _deadline.Token);
            Assert.Equal((3, TimeSpan.FromSeconds(delay)), (known.Snapshot.ExitCode, known.Snapshot.Properties[1].Value));
            await SeenAsync($"mortal | [Restarting in {delay} s, attempt {attempt}]");
        }

        Assert.Equal((true, "Resource 'mortal' stopped."), await ExecuteAsync(app, "mortal", "stop"));
        Assert.Equal(KnownResourceStates.Finished, StateOf(app, "mortal"));
    }

    [Fact]
    public async Task The_table_does_not_wait_for_what_nobody_starts_and_later_changes_follow_it()
    {
        var tool = Sleeper("tool").WithExplicitStart();
        Sleeper("after").WaitFor(Sleeper("between").WaitFor(tool));
        Sleeper("service");
        _builder.AddExecutable("job", "/bin/sh", "/", "-c", "exit 3");
        await using var app = await StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("job", KnownResourceStates.Exited, _deadline.Token);
        await using var report = await ReportAsync(app);

        await SeenAsync("job       Exited");
        var table = _screen.ToString().Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Contains("tool NotStarted", table);
        Assert.Contains("after Waiting", table);
        Assert.Contains(table, line => line.StartsWith("service Healthy ", StringComparison.Ordinal));
        Assert.Contains(table, line => line.StartsWith("job Exited with exit code 3 ", StringComparison.Ordinal));

        var prompt = Prompt(app);
        Assert.Equal("Resource 'tool' started.", await prompt.AnswerAsync("  start   tool "));
        await SeenAsync("after   | [Healthy]");
        Assert.Null(await prompt.AnswerAsync(" "));
        Assert.Contains("'restart NAME'", await prompt.AnswerAsync("help"), StringComparison.Ordinal);
        Assert.Equal("Command 'burn' not available for resource 'tool'.", await prompt.AnswerAsync("burn tool"));
    }

    [Fact]
    public void A_quiet_run_keeps_what_the_services_say_until_one_fails()
    {
        var lines = new List<string>();
        var log = new ResourceLog((resource, line) => lines.Add($"{resource}: {line}"), quiet: true);

        log.Write("service", "I am busy.");
        Assert.Empty(lines);

        log.WriteFailure("service", "Ended with exit code 3.");
        Assert.Equal($"service: Ended with exit code 3. Its last lines:{Environment.NewLine}  I am busy.", Assert.Single(lines));
    }

    [Fact]
    public void The_switch_quiet_does_not_swallow_the_argument_behind_it()
    {
        using var builder = DistributedApplicationTestingBuilder.Create("--quiet", "--Producer:Rate=500");

        Assert.Equal(("true", "500"), (builder.Configuration["Embedded:Quiet"], builder.Configuration["Producer:Rate"]));
    }

    private IResourceBuilder<ExecutableResource> Sleeper(string name) => _builder.AddExecutable(name, "/bin/sh", "/", "-c", "exec sleep 600");

    private void Mortal(string name, string script) => _builder.AddResource(new ExecutableResource(name, "/bin/sh", "/"))
        .WithAnnotation(new StartupAnnotation((start, _) => Task.FromResult<ProcessSpec?>(new()
        {
            FileName = "/bin/sh",
            Arguments = ["-c", script],
            Environment = start.EnvironmentForService(),
            WorkingDirectory = "/",
            Restart = Restart.Always,
        })));

    private async Task<DistributedApplication> StartAsync()
    {
        var app = await _builder.BuildAsync(_deadline.Token);
        await app.StartAsync(_deadline.Token);
        return app;
    }

    private async Task<Reporting> ReportAsync(DistributedApplication app)
    {
        var terminal = new Terminal(TextWriter.Synchronized(_screen), colours: false, _builder.Resources);
        var telemetry = new TelemetryReceiver(_builder.Configuration, app.Services.GetRequiredService<ILoggerFactory>());
        var report = new RunReport(
            app.Services.GetRequiredService<DistributedApplicationModel>(), app.ResourceNotifications, terminal, Prompt(app),
            telemetry, app.Services.GetRequiredService<IHostApplicationLifetime>(), TimeProvider.System);

        await report.StartAsync(_deadline.Token);
        return new(report);
    }

    private CommandPrompt Prompt(DistributedApplication app) => new(
        app.ResourceCommands, app.Services.GetRequiredService<DistributedApplicationModel>(), new Terminal(_screen, colours: false, _builder.Resources), isOffered: false);

    private Task SeenAsync(string text) => Eventually.ReadAsync(
        $"'{text}' on the screen", _ => Task.FromResult(_screen.ToString()), screen => screen.Contains(text, StringComparison.Ordinal), TimeSpan.FromSeconds(45), _deadline.Token);

    private async Task<(bool Success, string? Message)> ExecuteAsync(DistributedApplication app, string resource, string command)
    {
        var result = await app.ResourceCommands.ExecuteCommandAsync(resource, command, _deadline.Token);
        return (result.Success, result.Message);
    }

    private async Task<int> RunningProcessAsync(DistributedApplication app, string name, int except) => (await app.ResourceNotifications.WaitForResourceAsync(
        name, e => e.Snapshot.State?.Text == KnownResourceStates.Running && e.ProcessId() != except, _deadline.Token)).ProcessId();

    private static string? StateOf(DistributedApplication app, string name) =>
        app.ResourceNotifications.TryGetCurrentState(name, out var known) ? known.Snapshot.State?.Text : null;

    private sealed class Reporting(RunReport report) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await report.StopAsync(CancellationToken.None);
            report.Dispose();
        }
    }
}
