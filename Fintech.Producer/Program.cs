using Fintech.Producer.History;
using Fintech.Producer.Live;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("source");
builder.AddMongoDBClient("merchants");
builder.AddRedisClient("redis");

builder.AddHistory();
builder.AddLiveStream();

var app = builder.Build();

app.MapDefaultEndpoints();
app.MapLedger();

app.Run();
