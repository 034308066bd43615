using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Fintech.Embedded.Hosting.Running;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>Several processes of one project behind one address. The test itself answers on their ports.</summary>
public sealed class HostingReplicasTests : IAsyncLifetime
{
    private readonly IDistributedApplicationTestingBuilder _builder = DistributedApplicationTestingBuilder.Create();
    private readonly string _journal = Directory.CreateTempSubdirectory("fintech-replicas-").FullName;
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public ValueTask InitializeAsync()
    {
        _deadline.CancelAfter(TimeSpan.FromMinutes(2));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _builder.DisposeAsync();
        Directory.Delete(_journal, recursive: true);
        _deadline.Dispose();
    }

    [Fact]
    public async Task Each_replica_has_a_port_and_a_telemetry_id_of_its_own_behind_one_address()
    {
        var service = Service(replicas: 3);
        var client = _builder.AddExecutable("client", "/bin/sh", "/", "-c", "sleep 600").WithReference(service);

        await using var app = await StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _deadline.Token);
        var replicas = await Task.WhenAll(Enumerable.Range(1, 3).Select(number => EnvironmentOf(app, $"service-{number}")));

        var address = app.GetEndpoint("service");
        Assert.Equal(3, replicas.Select(e => e["ASPNETCORE_URLS"]).Distinct().Count());
        Assert.Equal(3, replicas.Select(e => e["OTEL_RESOURCE_ATTRIBUTES"]).Distinct().Count());
        Assert.All(replicas, environment =>
        {
            Assert.Matches("^http://localhost:[0-9]+$", environment["ASPNETCORE_URLS"]);
            Assert.Matches("^service.instance.id=[0-9a-f]{8}$", environment["OTEL_RESOURCE_ATTRIBUTES"]);
            Assert.Equal("service", environment["OTEL_SERVICE_NAME"]);
            Assert.NotEqual(address.Port, new Uri(environment["ASPNETCORE_URLS"]).Port);
        });
        Assert.Equal($"http://localhost:{address.Port}", (await client.Resource.GetEnvironmentVariableValuesAsync())["services__service__http__0"]);
        Assert.False(app.ResourceNotifications.TryGetCurrentState("service", out _));
    }

    [Fact]
    public async Task Requests_are_spread_and_a_dead_replica_is_left_out_and_started_again_alone()
    {
        Service(replicas: 2).WithHttpHealthCheck("/");
        await using var app = await StartAsync();
        using var one = new HttpAnswer(await PortOf(app, "service-1"), "one");
        using var two = new HttpAnswer(await PortOf(app, "service-2"), "two");
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _deadline.Token);
        var before = new[] { ProcessOf(app, "service-1"), ProcessOf(app, "service-2") };
        Assert.Equal(["one", "one", "two", "two"], (await AskAsync(app, times: 4)).Order());

        Process.GetProcessById(before[0]).Kill();
        one.Dispose();
        var dead = await app.ResourceNotifications.WaitForResourceAsync(
            "service", e => e.ResourceId == "service-1" && e.Snapshot.State?.Text == KnownResourceStates.RuntimeUnhealthy, _deadline.Token);
        Assert.Equal(1, dead.Snapshot.Properties.Single(p => p.Name == "restart.attempt").Value);
        Assert.Equal(["two", "two", "two"], await AskAsync(app, times: 3));

        await app.ResourceNotifications.WaitForResourceAsync(
            "service", e => e.ResourceId == "service-1" && e.Snapshot.State?.Text == KnownResourceStates.Running && e.ProcessId() != before[0], _deadline.Token);
        using var oneAgain = new HttpAnswer(await PortOf(app, "service-1"), "one");
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _deadline.Token);
        Assert.Equal(["one", "one", "two", "two"], (await AskAsync(app, times: 4)).Order());
        Assert.Equal(before[1], ProcessOf(app, "service-2"));
    }

    [Fact]
    public async Task What_waits_for_a_project_waits_until_each_of_its_replicas_is_healthy()
    {
        _builder.AddExecutable("patient", "/bin/sh", "/", "-c", "sleep 600").WaitFor(Service(replicas: 2).WithHttpHealthCheck("/"));
        await using var app = await StartAsync();
        using var one = new HttpAnswer(await PortOf(app, "service-1"), "one");
        await app.ResourceNotifications.WaitForResourceAsync(
            "service", e => e.ResourceId == "service-1" && e.Snapshot.HealthStatus == HealthStatus.Healthy, _deadline.Token);
        await app.ResourceNotifications.WaitForResourceAsync(
            "service", e => e.ResourceId == "service-2" && e.Snapshot.HealthReports.Any(r => r.Status == HealthStatus.Unhealthy), _deadline.Token);
        Assert.Equal(KnownResourceStates.Waiting, app.ResourceNotifications.TryGetCurrentState("patient", out var waiting) ? waiting.Snapshot.State?.Text : null);

        using var two = new HttpAnswer(await PortOf(app, "service-2"), "two");
        await app.ResourceNotifications.WaitForResourceAsync("patient", KnownResourceStates.Running, _deadline.Token);
    }

    [Fact]
    public async Task A_command_reaches_one_replica_by_its_id_and_all_by_the_resource()
    {
        var service = Service(replicas: 2);
        await using var app = await StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _deadline.Token);
        var second = ProcessOf(app, "service-2");

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("service-1", KnownResourceCommands.StopCommand, _deadline.Token)).Success);
        Assert.Equal(second, ProcessOf(app, "service-2"));

        var both = await app.ResourceCommands.ExecuteCommandAsync(service.Resource, KnownResourceCommands.StopCommand, _deadline.Token);
        Assert.Equal((false, "1 command executions failed. Resource 'service-1' does not run."), (both.Success, both.Message));
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(service.Resource, KnownResourceCommands.StartCommand, _deadline.Token)).Success);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _deadline.Token);
        Assert.NotEqual(second, ProcessOf(app, "service-2"));
    }

    [Fact]
    public void An_endpoint_that_replicas_cannot_share_is_refused()
    {
        var direct = Service(replicas: 2).WithEndpoint("http", endpoint => endpoint.IsProxied = false);
        Assert.Contains("proxy-less endpoint 'http'", Assert.Throws<InvalidOperationException>(() => ResourceInstance.Create(direct.Resource)).Message);

        direct.WithEndpoint("http", endpoint => (endpoint.IsProxied, endpoint.TargetPort) = (true, 8080));
        Assert.Contains("unique port", Assert.Throws<InvalidOperationException>(() => ResourceInstance.Create(direct.Resource)).Message);

        direct.WithReplicas(0);
        Assert.Contains("0 replicas", Assert.Throws<InvalidOperationException>(() => ResourceInstance.Create(direct.Resource)).Message);
    }

    [Fact]
    public async Task A_proxy_passes_bytes_both_ways_until_each_side_has_ended()
    {
        using var replica = new TcpListener(IPAddress.Loopback, 0);
        replica.Start();
        var port = FreePorts.Next();
        await using var proxy = new ReplicaProxy(port, [FreePorts.Next(), ((IPEndPoint)replica.LocalEndpoint).Port]);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, _deadline.Token);
        using var server = await replica.AcceptTcpClientAsync(_deadline.Token);

        // Asked for early: a socket that was shut down one way gives no stream any more.
        var (here, there) = (client.GetStream(), server.GetStream());
        var sent = new byte[1_000_000];
        Random.Shared.NextBytes(sent);
        var receiving = ReadToEndAsync(there);
        await here.WriteAsync(sent, _deadline.Token);
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(sent, await receiving);

        // The way back is open still.
        receiving = ReadToEndAsync(here);
        await there.WriteAsync(sent, _deadline.Token);
        server.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(sent, await receiving);
    }

    [Fact]
    public async Task A_proxy_without_a_living_replica_ends_the_connection()
    {
        var port = FreePorts.Next();
        await using var proxy = new ReplicaProxy(port, [FreePorts.Next(), FreePorts.Next()]);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, _deadline.Token);

        Assert.Empty(await ReadToEndAsync(client.GetStream()));
    }

    private IResourceBuilder<ProjectResource> Service(int replicas) => _builder.AddProject<ScriptProject>("service")
        .WithHttpEndpoint().WithEnvironment("JOURNAL", _journal).WithReplicas(replicas);

    private async Task<DistributedApplication> StartAsync()
    {
        var app = await _builder.BuildAsync(_deadline.Token);
        await app.StartAsync(_deadline.Token);
        return app;
    }

    private async Task<Dictionary<string, string>> EnvironmentOf(DistributedApplication app, string id)
    {
        await app.ResourceNotifications.WaitForResourceAsync("service", e => e.ResourceId == id && e.Snapshot.State?.Text == KnownResourceStates.Running, _deadline.Token);
        return await ScriptProject.EnvironmentAsync(_journal, ProcessOf(app, id), _deadline.Token);
    }

    private async Task<int> PortOf(DistributedApplication app, string id) => new Uri((await EnvironmentOf(app, id))["ASPNETCORE_URLS"]).Port;

    private static int ProcessOf(DistributedApplication app, string id) =>
        app.ResourceNotifications.TryGetCurrentState(id, out var known) ? known.ProcessId() : throw new InvalidOperationException($"'{id}' is not known.");

    private async Task<string[]> AskAsync(DistributedApplication app, int times)
    {
        using var client = new HttpClient { BaseAddress = app.GetEndpoint("service") };
        client.DefaultRequestHeaders.ConnectionClose = true;
        var answers = new List<string>();
        for (var time = 0; time < times; time++)
            answers.Add(await client.GetStringAsync("/", _deadline.Token));

        return [.. answers];
    }

    private async Task<byte[]> ReadToEndAsync(NetworkStream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, _deadline.Token);
        return all.ToArray();
    }
}
