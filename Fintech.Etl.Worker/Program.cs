using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Commands;
using Fintech.Etl.Worker.History;
using Fintech.Etl.Worker.Quarantine;
using Fintech.Etl.Worker.Streaming;
using Fintech.Etl.Worker.Warehouse;
using Fintech.Etl.Worker.Webhooks;

if (WorkerCommands.IsNamed(args))
    return await WorkerCommands.ExecuteAsync(args);

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddWarehouse();
builder.AddWarehouseStartup();
builder.AddBatch();
builder.AddBatchSchedule();
builder.AddQuarantine();
builder.AddRequestedCommands();
builder.AddRedisClient("redis", configureOptions: StreamConnection.Configure);
builder.AddStreaming();
builder.AddWebhooks();
builder.AddHistory();

var app = builder.Build();
app.MapDefaultEndpoints();
await app.RunAsync();
return Environment.ExitCode;
