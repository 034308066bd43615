using System.Net.Http.Json;
using System.Text.Json;
using Fintech.Tests.Batch;
using Fintech.Tests.Commands;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>The dashboard on a warehouse whose quarantine is filled, and beside it the worker's side of the commands.</summary>
internal sealed class PipelineBench(CommandBench commands, IConnectionMultiplexer redis, DashboardApp app) : IAsyncDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public CommandBench Commands => commands;

    public BatchBench Batch => commands.Quarantine.Batch;

    public IConnectionMultiplexer Redis => redis;

    public DashboardApp App => app;

    public static async Task<PipelineBench> CreateAsync(Servers servers)
    {
        var commands = await CommandBench.CreateAsync(servers);
        var redis = await servers.ConnectRedisAsync();
        return new(commands, redis, await DashboardApp.StartAsync(commands.Quarantine.Batch.Warehouse.ConnectionString, redis.Configuration, Token));
    }

    /// <param name="path">Below <c>/api/pipeline</c>.</param>
    public Task<JsonElement> GetAsync(string path) => app.Http.GetFromJsonAsync<JsonElement>($"/api/pipeline{path}", Token);

    public Task<HttpResponseMessage> AskAsync(string name, string arguments, Guid? key = null) => app.Http.PostAsync(
        "/api/pipeline/commands",
        new StringContent($$"""{"name": {{JsonSerializer.Serialize(name)}}, "arguments": {{arguments}}, "key": "{{key ?? Guid.NewGuid()}}"}""", System.Text.Encoding.UTF8, "application/json"), Token);

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await redis.DisposeAsync();
        await commands.DisposeAsync();
    }
}
