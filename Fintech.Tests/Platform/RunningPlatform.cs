using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Fintech.Contracts;
using MongoDB.Driver;
using Npgsql;
using StackExchange.Redis;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Fintech.Tests.Dashboard;
using Microsoft.AspNetCore.SignalR.Client;

namespace Fintech.Tests.Platform;

/// <summary>The whole platform, started through its own AppHost, with a connection to each of its stores.</summary>
internal sealed class RunningPlatform : IAsyncDisposable
{
    private static readonly string[] Resources = ["source", "merchants", "warehouse", "redis", "etl-worker", "producer", "dashboard"];
    private static readonly TimeSpan StartUp = TimeSpan.FromMinutes(5);     // A first start downloads the servers.

    private readonly DirectoryInfo keys;

    private RunningPlatform(
        DistributedApplication application, NpgsqlDataSource source, NpgsqlDataSource warehouse, IConnectionMultiplexer redis, IMongoDatabase merchants,
        DirectoryInfo keys, CookieContainer cookies)
    {
        this.keys = keys;
        Cookies = cookies;
        Application = application;
        Source = source;
        Warehouse = warehouse;
        Redis = redis;
        Merchants = merchants;
    }

    public DistributedApplication Application { get; }
    public NpgsqlDataSource Source { get; }
    public NpgsqlDataSource Warehouse { get; }
    public IConnectionMultiplexer Redis { get; }
    public IMongoDatabase Merchants { get; }
    public Uri Dashboard => Application.GetEndpoint("dashboard");

    /// <summary>Of whoever started the platform and opened the link that it showed.</summary>
    public CookieContainer Cookies { get; }

    /// <param name="settings">Settings of the AppHost, for example <c>--Producer:Rate=0</c>.</param>
    /// <param name="telemetry">Where the services export to; null for nowhere.</param>
    public static async Task<RunningPlatform> StartAsync(string[] settings, OtlpReceiver? telemetry, CancellationToken cancellationToken)
    {
        var keys = Directory.CreateTempSubdirectory("fintech-keys-");
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Fintech_AppHost>(
            [$"--Dashboard:Access:KeysFolder={keys.FullName}", .. settings], cancellationToken);

        // Each test has a logical database of its own; sixteen, the default, are not enough.
        foreach (var redis in builder.Resources.OfType<RedisResource>().ToList())
            builder.CreateResourceBuilder(redis).WithArgs("--databases", "1024");

        if (telemetry is not null)
        {
            foreach (var project in builder.Resources.OfType<ProjectResource>().ToList())
            {
                builder.CreateResourceBuilder(project)
                    .WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", telemetry.Endpoint)
                    .WithEnvironment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
            }
        }

        var application = await builder.BuildAsync(cancellationToken);
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(StartUp);
            await application.StartAsync(timeout.Token);
            foreach (var resource in Resources)
                await application.ResourceNotifications.WaitForResourceHealthyAsync(resource, timeout.Token);
            var cookies = await SignInAsync(application, timeout.Token);

            async Task<string> ConnectionStringAsync(string name) => await application.GetConnectionStringAsync(name, timeout.Token)
                ?? throw new InvalidOperationException($"Resource '{name}' has no connection string.");

            return new RunningPlatform(
                application,
                NpgsqlDataSource.Create(await ConnectionStringAsync("source")),
                NpgsqlDataSource.Create(await ConnectionStringAsync("warehouse")),
                await ConnectionMultiplexer.ConnectAsync(await ConnectionStringAsync("redis")),
                new MongoClient(await ConnectionStringAsync("merchants")).GetDatabase("merchants"),
                keys,
                cookies);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>The way of a user: the link that stands beside the dashboard in the table of resources.</summary>
    private static async Task<CookieContainer> SignInAsync(DistributedApplication application, CancellationToken cancellationToken)
    {
        var dashboard = await application.ResourceNotifications.WaitForResourceHealthyAsync("dashboard", cancellationToken);
        var link = dashboard.Snapshot.Urls.Select(url => url.Url).Single(url => url.Contains("/sign-in?t=", StringComparison.Ordinal));
        var cookies = new CookieContainer();
        using var http = new HttpClient(new PageHandler(cookies));
        return (await http.GetStringAsync(new Uri($"{link}&returnUrl=/api/me"), cancellationToken)).Contains("\"admin\"", StringComparison.Ordinal)
            ? cookies
            : throw new InvalidOperationException("The link that the AppHost shows for the dashboard makes nobody admin.");
    }

    /// <summary>Asks the dashboard as whoever started the platform.</summary>
    public HttpClient CreateDashboardClient() => new(new PageHandler(Cookies)) { BaseAddress = Dashboard };

    public HubConnection CreateHubConnection() =>
        new HubConnectionBuilder().WithUrl(new Uri(Dashboard, "/hubs/live"), connection => connection.Cookies = Cookies).Build();

    /// <summary>A link for a browser to open, as an admin makes one for a colleague. It leads to the page with this address.</summary>
    public async Task<string> LinkAsync(CancellationToken cancellationToken, string page = "/")
    {
        using var http = CreateDashboardClient();
        using var answer = await http.PostAsJsonAsync(new Uri("/api/links", UriKind.Relative), new { name = "browser", role = "admin" }, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var link = (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("address").GetString();
        return $"{link}&returnUrl={Uri.EscapeDataString(page)}";
    }

    /// <summary>Adds one event to the stream its customer belongs to, as any producer may.</summary>
    public async Task PublishAsync(TransactionEvent transaction, string? traceParent = null)
    {
        NameValueEntry[] fields = [new(StreamNames.PayloadField, JsonSerializer.SerializeToUtf8Bytes(transaction, ContractsJson.Default.TransactionEvent))];
        if (traceParent is not null)
            fields = [.. fields, new(StreamNames.TraceField, traceParent)];

        var stream = StreamNames.Transactions(Partitioner.PartitionOf(transaction.CustomerId, Partitioner.DefaultPartitions));
        await Redis.GetDatabase().StreamAddAsync(stream, fields);
    }

    public static async Task<T> ScalarAsync<T>(NpgsqlDataSource database, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });

        return await command.ExecuteScalarAsync(cancellationToken) is T value
            ? value
            : throw new InvalidOperationException($"The query returned no {typeof(T).Name}: {sql}");
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await Source.DisposeAsync();
        await Warehouse.DisposeAsync();
        await Application.DisposeAsync();
        keys.Delete(recursive: true);
    }
}
