using Fintech.Dashboard;
using Fintech.Dashboard.Api;
using Fintech.Dashboard.History;
using Fintech.Dashboard.Live;
using Fintech.Dashboard.Security;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("warehouse", WarehouseConnection.ConfigureClient, WarehouseConnection.ConfigureReader);
builder.AddRedisClient("redis", configureOptions: RedisConnection.Configure);
builder.AddSecurity();
builder.AddApi();
builder.AddLive();
builder.AddHistory();

var app = builder.Build();
app.UseSecurity();
app.MapDefaultEndpoints();
var api = app.MapApi();
app.MapLive(api);
app.MapHistory(api);
app.MapPage();
app.Run();
