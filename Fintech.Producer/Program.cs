using Fintech.Producer.History;
using Fintech.Producer.Ingest;
using Fintech.Producer.Live;
using Fintech.Producer.PubSub;
using Fintech.Producer.Replay;

if (args is ["replay", .. var words])
    return await ReplayCommand.ExecuteAsync(words);

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("source");
builder.AddMongoDBClient("merchants");
builder.AddRedisClient("redis");

builder.AddHistory();
builder.AddLiveStream();
builder.AddIngest();
builder.AddPubSubIntake();

var app = builder.Build();

app.MapDefaultEndpoints();
app.MapLedger();
app.MapIngest();

await app.RunAsync();
return Environment.ExitCode;
