using Fintech.Dashboard;
using Fintech.Dashboard.Alerts;
using Fintech.Dashboard.Api;
using Fintech.Dashboard.Live;
using Fintech.Dashboard.Pipeline;
using Fintech.Dashboard.Security;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("warehouse", WarehouseConnection.ConfigureClient, WarehouseConnection.ConfigureReader);
builder.AddRedisClient("redis", configureOptions: RedisConnection.Configure);
builder.AddSecurity();
builder.AddApi();
builder.AddLive();
builder.AddPage();
builder.AddAlerts();
builder.AddPipeline();

var app = builder.Build();
app.UseSecurity();
app.MapDefaultEndpoints();
var api = app.MapApi();
app.MapLive(api);
app.MapAlerts(api);
app.MapPipeline(api);
app.MapPage();
app.Run();
