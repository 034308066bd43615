using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MongoDB.Driver;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>The client integrations: the same registrations, sections and names as Aspire's.</summary>
public sealed class HostingClientsTests
{
    private readonly HostApplicationBuilder _builder = Host.CreateEmptyApplicationBuilder(null);

    [Fact]
    public void The_connection_string_wins_over_the_section_and_the_program_over_both()
    {
        _builder.Configuration["Aspire:Npgsql:ConnectionString"] = "Host=section";
        _builder.Configuration["Aspire:Npgsql:warehouse:ConnectionString"] = "Host=named-section";
        Assert.Equal("named-section", HostOf(_builder, "warehouse"));

        _builder.Configuration["ConnectionStrings:warehouse"] = "Host=connection-string";
        Assert.Equal("connection-string", HostOf(_builder, "warehouse"));

        _builder.AddKeyedNpgsqlDataSource("warehouse", settings => settings.ConnectionString = "Host=program");
        using var host = _builder.Build();
        Assert.Equal("program", new NpgsqlConnectionStringBuilder(host.Services.GetRequiredKeyedService<NpgsqlDataSource>("warehouse").ConnectionString).Host);

        static string? HostOf(HostApplicationBuilder from, string name)
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Configuration.AddConfiguration(from.Configuration);
            builder.AddNpgsqlDataSource(name);
            using var host = builder.Build();
            return new NpgsqlConnectionStringBuilder(host.Services.GetRequiredService<NpgsqlConnection>().ConnectionString).Host;
        }
    }

    [Fact]
    public void A_missing_connection_string_is_named_when_the_client_is_asked_for()
    {
        _builder.AddNpgsqlDataSource("warehouse");
        _builder.AddMongoDBClient("merchants");
        _builder.AddRedisClient("redis");
        using var host = _builder.Build();

        Assert.Contains("ConnectionStrings:warehouse", Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<NpgsqlDataSource>).Message);
        Assert.Contains("ConnectionStrings:merchants", Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<IMongoClient>).Message);
        Assert.Contains("ConnectionStrings:redis", Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<IConnectionMultiplexer>).Message);
    }

    [Fact]
    public void A_mongo_database_is_registered_only_where_the_url_names_one()
    {
        _builder.Configuration["ConnectionStrings:merchants"] = "mongodb://localhost:1/catalogue";
        _builder.Configuration["ConnectionStrings:server"] = "mongodb://localhost:1";
        _builder.AddMongoDBClient("merchants");
        _builder.AddKeyedMongoDBClient("server");
        using var host = _builder.Build();

        Assert.Equal("catalogue", host.Services.GetRequiredService<IMongoDatabase>().DatabaseNamespace.DatabaseName);
        Assert.NotNull(host.Services.GetKeyedService<IMongoClient>("server"));
        Assert.Null(host.Services.GetKeyedService<IMongoDatabase>("server"));
    }

    [Fact]
    public async Task Redis_that_is_away_does_not_keep_a_service_from_starting()
    {
        _builder.Configuration["ConnectionStrings:redis"] = "localhost:1,connectTimeout=200,connectRetry=0";
        _builder.AddRedisClient("redis");
        using var host = _builder.Build();

        await using var connection = host.Services.GetRequiredService<IConnectionMultiplexer>();

        Assert.False(connection.IsConnected);
    }

    [Fact]
    public void Health_checks_have_the_names_that_Aspire_gives_them()
    {
        foreach (var name in new[] { "a", "b" })
        {
            _builder.Configuration[$"ConnectionStrings:{name}"] = "mongodb://localhost:1";
        }

        _builder.AddNpgsqlDataSource("a");
        _builder.AddKeyedNpgsqlDataSource("b");
        _builder.AddMongoDBClient("a");
        _builder.AddKeyedMongoDBClient("b");
        _builder.AddRedisClient("a");
        _builder.AddKeyedRedisClient("b");
        _builder.AddKeyedRedisClient("c", settings => settings.DisableHealthChecks = true);
        using var host = _builder.Build();

        Assert.Equal(
            ["MongoDB.Driver", "MongoDB.Driver_b", "PostgreSql", "PostgreSql_b", "StackExchange.Redis", "StackExchange.Redis_b"],
            host.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(r => r.Name).Order());
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_unhealthy()
    {
        _builder.Configuration["ConnectionStrings:a"] = "Host=localhost;Port=1;Timeout=2";
        _builder.AddNpgsqlDataSource("a");
        using var host = _builder.Build();

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HealthStatus.Unhealthy, report.Entries["PostgreSql"].Status);
    }
}
