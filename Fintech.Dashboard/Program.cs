using Fintech.Dashboard;
using Fintech.Dashboard.Live;
using StackExchange.Redis;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("warehouse", WarehouseConnection.ConfigureClient, WarehouseConnection.ConfigureReader);
builder.AddRedisClient("redis", configureOptions: redis => redis.BacklogPolicy = BacklogPolicy.FailFast);
builder.AddLive();

var app = builder.Build();
app.UseSecurityHeaders();
app.UseOriginCheck();
app.MapDefaultEndpoints();
app.MapLive();
app.MapPage();
app.Run();
