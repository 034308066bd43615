using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Fintech.Embedded.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>The AppHost's entry point in a test's hands, and what the topology makes of its configuration.</summary>
public sealed class HostingTestingBuilderTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_AppHost_declares_the_topology_of_the_platform()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Fintech_AppHost>(Cancelled);

        Assert.Equal(
            ["dashboard", "dashboard-token", "dwh", "etl-worker", "high-value-threshold", "ingest-key", "merchants", "mongo", "oltp", "pii-key", "producer", "redis", "source", "warehouse"],
            builder.Resources.Select(r => r.Name).Order(StringComparer.Ordinal));
        Assert.Equal("3000", builder.Configuration["Parameters:high-value-threshold"]);
        Assert.True(builder.Environment.IsDevelopment());
        Assert.Equal(Projects.Fintech_AppHost.ProjectPath, builder.AppHostDirectory);
    }

    [Fact]
    public async Task Each_service_gets_the_stores_it_works_with_and_no_other()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Fintech_AppHost>(Cancelled);

        Assert.Equal(["merchants", "redis", "source", "warehouse"], await ConnectionsOf(builder, "etl-worker"));
        Assert.Equal(["merchants", "redis", "source"], await ConnectionsOf(builder, "producer"));
        Assert.Equal(["redis", "warehouse"], await ConnectionsOf(builder, "dashboard"));

        var worker = await EnvironmentOf(builder, "etl-worker");
        Assert.Equal(44, worker["Privacy__PiiKey"].Length);
        Assert.Equal("3000", worker["Rules__HighValueThreshold"]);
        Assert.DoesNotContain("Privacy__PiiKey", (await EnvironmentOf(builder, "dashboard")).Keys);
    }

    [Fact]
    public async Task Settings_are_handed_on_also_those_that_a_test_sets_late()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Fintech_AppHost>(["--Producer:Rate=500", "--Parameters:high-value-threshold=100"], Cancelled);
        builder.Configuration["Stream:Partitions"] = "4";

        var producer = await EnvironmentOf(builder, "producer");

        Assert.Equal("500", producer["Producer__Rate"]);
        Assert.Equal("4", producer["Stream__Partitions"]);
        Assert.Equal("100", (await EnvironmentOf(builder, "etl-worker"))["Rules__HighValueThreshold"]);
    }

    [Theory]
    [InlineData("source", "oltp")]
    [InlineData("merchants", "mongo")]
    [InlineData("warehouse", "dwh")]
    [InlineData("redis", "redis")]
    public async Task Against_a_store_of_somebodys_own_there_is_no_server_and_no_simulation(string connection, string server)
    {
        string[] args = [$"--ConnectionStrings:{connection}=localhost:1", "--Producer:Rate=500", "--Producer:History:Enabled=true"];
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Fintech_AppHost>(args, Cancelled);

        var producer = await EnvironmentOf(builder, "producer");

        Assert.DoesNotContain(builder.Resources, r => r.Name == server && r is ContainerResource);
        if (connection != "warehouse")  // Which the producer knows nothing of: what it makes would come there by way of the others.
            Assert.Equal("localhost:1", producer[$"ConnectionStrings__{connection}"]);
        Assert.Equal(("0", "false"), (producer["Producer__Rate"], producer["Producer__History__Enabled"]));
    }

    [Fact]
    public async Task A_test_has_a_folder_of_its_own_which_goes_with_it()
    {
        string folder;
        await using (var builder = DistributedApplicationTestingBuilder.Create())
        {
            builder.AddRedis("redis");
            var app = await builder.BuildAsync(Cancelled);
            folder = app.Services.GetRequiredService<DataFolder>().FullPath;
            await app.StartAsync(Cancelled);
            await app.ResourceNotifications.WaitForResourceHealthyAsync("redis", Cancelled);
            Assert.True(Directory.Exists(Path.Combine(folder, "redis")));
        }

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Two_tests_can_run_the_AppHost_side_by_side()
    {
        var builders = await Task.WhenAll(
            DistributedApplicationTestingBuilder.CreateAsync<Projects.Fintech_AppHost>(Cancelled),
            DistributedApplicationTestingBuilder.CreateAsync<Projects.Fintech_AppHost>(Cancelled));
        var apps = await Task.WhenAll(builders.Select(b => b.BuildAsync(Cancelled)));

        Assert.NotEqual(apps[0].Services.GetRequiredService<DataFolder>().FullPath, apps[1].Services.GetRequiredService<DataFolder>().FullPath);
        foreach (var builder in builders)
            await builder.DisposeAsync();
    }

    [Fact]
    public async Task A_generated_parameter_is_the_same_in_the_next_run()
    {
        var folder = Directory.CreateTempSubdirectory("fintech-parameters-").FullName;
        try
        {
            var first = await ValueAsync();
            var second = await ValueAsync();
            Assert.Equal(44, first!.Length);
            Assert.Equal(first, second);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        async Task<string?> ValueAsync()
        {
            await using var builder = DistributedApplicationTestingBuilder.Create($"--Embedded:DataFolder={folder}");
            var parameter = builder.AddParameter("key", new GenerateParameterDefault { MinLength = 44 }, secret: true, persist: true);
            return await parameter.Resource.GetValueAsync(Cancelled);
        }
    }

    [Fact]
    public async Task A_parameter_without_a_value_names_the_setting_that_is_missing()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create();
        builder.AddParameter("api-key", secret: true);
        var app = await builder.BuildAsync(Cancelled);

        var failure = await Assert.ThrowsAsync<MissingParameterValueException>(() => app.StartAsync(Cancelled));

        Assert.Contains("Parameters:api-key", failure.Message);
    }

    private static async Task<Dictionary<string, string>> EnvironmentOf(IDistributedApplicationTestingBuilder builder, string service)
    {
        foreach (var resource in builder.Resources.Where(r => r.Annotations.OfType<EndpointAnnotation>().All(e => e.AllocatedEndpoint is null)))
            FreePorts.Allocate(resource, randomize: true);

        return await ((IResourceWithEnvironment)builder.Resources.Single(r => r.Name == service)).GetEnvironmentVariableValuesAsync();
    }

    private static async Task<IEnumerable<string>> ConnectionsOf(IDistributedApplicationTestingBuilder builder, string service) =>
        (await EnvironmentOf(builder, service)).Keys.Where(k => k.StartsWith("ConnectionStrings__", StringComparison.Ordinal)).Select(k => k["ConnectionStrings__".Length..]).Order();
}
