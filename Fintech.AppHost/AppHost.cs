using Fintech.AppHost;
using Microsoft.Extensions.Configuration;

var builder = DistributedApplication.CreateBuilder(args);

var piiKey = builder.AddParameter("pii-key", new GenerateParameterDefault { MinLength = 44, Special = false }, secret: true, persist: true);
var ingestKey = builder.AddParameter("ingest-key", new GenerateParameterDefault { MinLength = 44, Special = false }, secret: true, persist: true);
var dashboardToken = builder.AddParameter("dashboard-token", new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true);
var highValueThreshold = builder.AddParameter("high-value-threshold");

// Stores: ours, or the existing database that ConnectionStrings:<name> names.
var source = builder.ExistingConnection("source")
    ?? builder.AddPostgres("oltp").WithDataVolume().AddDatabase("source");

var merchants = builder.ExistingConnection("merchants")
    ?? builder.AddMongoDB("mongo").WithDataVolume().AddDatabase("merchants");

var warehouse = builder.ExistingConnection("warehouse")
    ?? builder.AddPostgres("dwh").WithDataVolume().AddDatabase("warehouse");

var redis = builder.ExistingConnection("redis")
    ?? builder.AddRedis("redis").WithDataVolume().WithAppendOnlyFile();

// Services.
var producer = builder.AddProject<Projects.Fintech_Producer>("producer")
    .WithHttpEndpoint(port: builder.Configuration.GetValue<int?>("Producer:Port"))
    .WithHttpHealthCheck("/health")
    .WithForwardedSettings()
    .WithEnvironment("Producer__Ingest__PrimaryKey", ingestKey)
    .WithReference(source).WaitFor(source)
    .WithReference(merchants).WaitFor(merchants)
    .WithReference(redis).WaitFor(redis);

// The next API key, or the last one, while clients move (docs/ingest.md).
if (builder.Configuration["Ingest:SecondaryKey"] is { Length: > 0 } secondaryKey)
    producer.WithEnvironment("Producer__Ingest__SecondaryKey", secondaryKey);

// Simulated rows never reach somebody's real ledger, merchants, streams or warehouse.
if (new[] { "source", "merchants", "warehouse", "redis" }.Any(builder.HasExistingConnection))
    producer.WithEnvironment("Producer__History__Enabled", "false").WithEnvironment("Producer__Rate", "0");

var worker = builder.AddProject<Projects.Fintech_Etl_Worker>("etl-worker")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithForwardedSettings()
    .WithEnvironment("Privacy__PiiKey", piiKey)
    .WithEnvironment("Rules__HighValueThreshold", highValueThreshold)
    .WithReference(source).WaitFor(source)
    .WithReference(merchants).WaitFor(merchants)
    .WithReference(warehouse).WaitFor(warehouse)
    .WithReference(redis).WaitFor(redis)
    .WaitFor(producer); // which fills the source at the first start

// The key before, while it is rotated (docs/privacy.md).
if (builder.Configuration["Privacy:FormerKey"] is { Length: > 0 } formerKey)
    worker.WithEnvironment("Privacy__FormerKey", formerKey);

builder.AddProject<Projects.Fintech_Dashboard>("dashboard")
    .WithHttpEndpoint(port: builder.Configuration.GetValue("Dashboard:Port", 5001))
    .WithHttpHealthCheck("/health")
    .WithSignInLink(dashboardToken)
    .WithForwardedSettings()
    .WithReference(warehouse).WaitFor(warehouse)
    .WithReference(redis).WaitFor(redis)
    .WaitFor(worker); // which migrates the warehouse

builder.Build().Run();
