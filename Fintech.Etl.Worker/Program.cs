using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Streaming;
using Fintech.Etl.Worker.Warehouse;

if (args is ["run", .. var options])
    return await RunCommand.ExecuteAsync(options);

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddWarehouse();
builder.AddWarehouseStartup();
builder.AddBatch();
builder.AddBatchSchedule();
builder.AddRedisClient("redis");
builder.AddStreaming();

var app = builder.Build();
app.MapDefaultEndpoints();
await app.RunAsync();
return Environment.ExitCode;
