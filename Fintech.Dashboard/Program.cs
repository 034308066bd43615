using Fintech.Dashboard;
using Fintech.Dashboard.Live;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("warehouse", WarehouseConnection.ConfigureClient, WarehouseConnection.ConfigureReader);
builder.AddRedisClient("redis", configureOptions: RedisConnection.Configure);
builder.AddLive();

var app = builder.Build();
app.UseSecurityHeaders();
app.UseOriginCheck();
app.MapDefaultEndpoints();
app.MapLive();
app.MapPage();
app.Run();
