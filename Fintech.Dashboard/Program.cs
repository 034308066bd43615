using Fintech.Dashboard;
using Fintech.Dashboard.Live;
using Npgsql;
using StackExchange.Redis;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddSingleton(_ =>
{
    var warehouse = new NpgsqlDataSourceBuilder(builder.Configuration.GetConnectionString("warehouse"));
    WarehouseConnection.ConfigureReader(warehouse);
    return warehouse.Build();
});
builder.Services.AddSingleton<IConnectionMultiplexer>(_ =>
{
    var redis = ConfigurationOptions.Parse(builder.Configuration.GetConnectionString("redis") ?? "");
    redis.AbortOnConnectFail = false;
    redis.BacklogPolicy = BacklogPolicy.FailFast;
    return ConnectionMultiplexer.Connect(redis);
});
builder.AddLive();

var app = builder.Build();
app.UseSecurityHeaders();
app.UseOriginCheck();
app.MapDefaultEndpoints();
app.MapLive();
app.MapPage();
app.Run();
