using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Fintech.Embedded.Hosting.Running;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>The environment that each kind of resource injects, name by name as Aspire 13.5.2 does.</summary>
public sealed class HostingEnvironmentTests : IDisposable
{
    private readonly IDistributedApplicationTestingBuilder _builder = DistributedApplicationTestingBuilder.Create();

    public void Dispose() => _builder.Dispose();

    [Fact]
    public async Task A_postgres_database_injects_connection_string_and_properties()
    {
        var password = _builder.AddParameter("pw", "se;cret@1", secret: true);
        var database = _builder.AddPostgres("dwh", password: password).AddDatabase("warehouse");

        var environment = await EnvironmentOf(_builder.AddExecutable("probe", "true", "/").WithReference(database));
        var port = PortOf(database.Resource.Parent);

        Assert.Equal($"Host=localhost;Port={port};Username=postgres;Password=se;cret@1;Database=warehouse", environment["ConnectionStrings__warehouse"]);
        Assert.Equal("localhost", environment["WAREHOUSE_HOST"]);
        Assert.Equal(port, environment["WAREHOUSE_PORT"]);
        Assert.Equal("postgres", environment["WAREHOUSE_USERNAME"]);
        Assert.Equal("se;cret@1", environment["WAREHOUSE_PASSWORD"]);
        Assert.Equal($"postgresql://postgres:se%3Bcret%401@localhost:{port}/warehouse", environment["WAREHOUSE_URI"]);
        Assert.Equal($"jdbc:postgresql://localhost:{port}/warehouse", environment["WAREHOUSE_JDBCCONNECTIONSTRING"]);
        Assert.Equal("warehouse", environment["WAREHOUSE_DATABASENAME"]);
        Assert.Equal(8, environment.Count);
    }

    [Fact]
    public async Task A_postgres_server_injects_connection_string_and_properties()
    {
        var user = _builder.AddParameter("user", "me@work");
        var server = _builder.AddPostgres("dwh", userName: user, password: _builder.AddParameter("pw", "p/w", secret: true));

        var environment = await EnvironmentOf(_builder.AddExecutable("probe", "true", "/").WithReference(server));
        var port = PortOf(server.Resource);

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["ConnectionStrings__dwh"] = $"Host=localhost;Port={port};Username=me@work;Password=p/w",
                ["DWH_HOST"] = "localhost",
                ["DWH_PORT"] = port,
                ["DWH_USERNAME"] = "me@work",
                ["DWH_PASSWORD"] = "p/w",
                ["DWH_URI"] = $"postgresql://me%40work:p%2Fw@localhost:{port}",
                ["DWH_JDBCCONNECTIONSTRING"] = $"jdbc:postgresql://localhost:{port}",
            },
            environment);
    }

    [Fact]
    public async Task A_mongo_server_injects_connection_string_and_properties()
    {
        var server = _builder.AddMongoDB("mongo", password: _builder.AddParameter("pw", "p/w", secret: true));

        var environment = await EnvironmentOf(_builder.AddExecutable("probe", "true", "/").WithReference(server));
        var port = PortOf(server.Resource);
        var uri = $"mongodb://admin:p%2Fw@localhost:{port}/?authSource=admin&authMechanism=SCRAM-SHA-256";

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["ConnectionStrings__mongo"] = uri,
                ["MONGO_HOST"] = "localhost",
                ["MONGO_PORT"] = port,
                ["MONGO_USERNAME"] = "admin",
                ["MONGO_PASSWORD"] = "p/w",
                ["MONGO_AUTHENTICATIONDATABASE"] = "admin",
                ["MONGO_AUTHENTICATIONMECHANISM"] = "SCRAM-SHA-256",
                ["MONGO_URI"] = uri,
            },
            environment);
    }

    [Fact]
    public async Task A_parameter_is_injected_as_it_was_configured_or_generated()
    {
        _builder.Configuration["Parameters:threshold"] = "3000";
        _builder.Configuration["Parameters:api_key"] = "as an environment variable must spell it";
        var probe = _builder.AddExecutable("probe", "true", "/")
            .WithEnvironment("THRESHOLD", _builder.AddParameter("threshold"))
            .WithEnvironment("API_KEY", _builder.AddParameter("api-key", secret: true))
            .WithEnvironment("GENERATED", _builder.AddParameter("generated", new GenerateParameterDefault { MinLength = 30, Special = false }, secret: true));

        var environment = await EnvironmentOf(probe);

        Assert.Equal(("3000", "as an environment variable must spell it"), (environment["THRESHOLD"], environment["API_KEY"]));
        Assert.Matches("^[A-Za-z0-9]{30}$", environment["GENERATED"]);
        Assert.Equal(3, environment.Count);
    }

    [Fact]
    public async Task A_mongo_database_injects_connection_string_and_properties()
    {
        var password = _builder.AddParameter("pw", "p/w", secret: true);
        var database = _builder.AddMongoDB("mongo", password: password).AddDatabase("merchants");

        var environment = await EnvironmentOf(_builder.AddExecutable("probe", "true", "/").WithReference(database));
        var port = PortOf(database.Resource.Parent);
        var uri = $"mongodb://admin:p%2Fw@localhost:{port}/merchants?authSource=admin&authMechanism=SCRAM-SHA-256";

        Assert.Equal(uri, environment["ConnectionStrings__merchants"]);
        Assert.Equal(uri, environment["MERCHANTS_URI"]);
        Assert.Equal("admin", environment["MERCHANTS_AUTHENTICATIONDATABASE"]);
        Assert.Equal("SCRAM-SHA-256", environment["MERCHANTS_AUTHENTICATIONMECHANISM"]);
        Assert.Equal("p/w", environment["MERCHANTS_PASSWORD"]);
        Assert.Equal("merchants", environment["MERCHANTS_DATABASENAME"]);
        Assert.Equal(("localhost", port, "admin"), (environment["MERCHANTS_HOST"], environment["MERCHANTS_PORT"], environment["MERCHANTS_USERNAME"]));
        Assert.Equal(9, environment.Count);
    }

    [Fact]
    public async Task Redis_injects_connection_string_and_properties()
    {
        var redis = _builder.AddRedis("redis");

        var environment = await EnvironmentOf(_builder.AddExecutable("probe", "true", "/").WithReference(redis));
        var port = PortOf(redis.Resource);
        var password = environment["REDIS_PASSWORD"];

        Assert.Equal($"localhost:{port},password={password}", environment["ConnectionStrings__redis"]);
        Assert.Equal(password, ConfigurationOptions.Parse(environment["ConnectionStrings__redis"]).Password);
        Assert.Equal($"redis://:{password}@localhost:{port}", environment["REDIS_URI"]);
        Assert.Equal(["ConnectionStrings__redis", "REDIS_HOST", "REDIS_PASSWORD", "REDIS_PORT", "REDIS_URI"], environment.Keys.Order());
    }

    [Fact]
    public async Task A_generated_password_has_22_characters_and_survives_a_connection_string()
    {
        var database = _builder.AddPostgres("dwh").AddDatabase("warehouse");

        var environment = await EnvironmentOf(_builder.AddExecutable("probe", "true", "/").WithReference(database));
        var parsed = new NpgsqlConnectionStringBuilder(environment["ConnectionStrings__warehouse"]);

        Assert.Equal(22, parsed.Password!.Length);
        Assert.Equal(environment["WAREHOUSE_PASSWORD"], parsed.Password);
        Assert.Equal(parsed.Password, Uri.UnescapeDataString(new Uri(environment["WAREHOUSE_URI"]).UserInfo.Split(':')[1]));
    }

    [Fact]
    public async Task A_project_gets_its_launch_profile_its_urls_and_its_telemetry_settings()
    {
        _builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:4317";
        _builder.Configuration["OTEL_EXPORTER_OTLP_HEADERS"] = "x-otlp-api-key=k";
        var project = _builder.AddProject<Projects.Fintech_Etl_Worker>("etl-worker").WithHttpEndpoint();

        var environment = await EnvironmentOf(project);

        Assert.Equal($"http://localhost:{PortOf(project.Resource)}", environment["ASPNETCORE_URLS"]);
        Assert.Equal("Fintech.Etl.Worker", environment["DOTNET_LAUNCH_PROFILE"]);
        Assert.Equal("Development", environment["ASPNETCORE_ENVIRONMENT"]);
        Assert.Equal("http://localhost:4317", environment["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal("grpc", environment["OTEL_EXPORTER_OTLP_PROTOCOL"]);
        Assert.Equal("x-otlp-api-key=k", environment["OTEL_EXPORTER_OTLP_HEADERS"]);
        Assert.Equal("etl-worker", environment["OTEL_SERVICE_NAME"]);
        Assert.Equal("service.instance.id={{- index .Annotations \"otel-service-instance-id\" -}}", environment["OTEL_RESOURCE_ATTRIBUTES"]);
        Assert.All(["OTEL_BSP_SCHEDULE_DELAY", "OTEL_BLRP_SCHEDULE_DELAY", "OTEL_METRIC_EXPORT_INTERVAL"], name => Assert.Equal("1000", environment[name]));
        Assert.Equal("always_on", environment["OTEL_TRACES_SAMPLER"]);
        Assert.Equal("trace_based", environment["OTEL_METRICS_EXEMPLAR_FILTER"]);
        Assert.Equal(13, environment.Count);
    }

    [Fact]
    public async Task A_project_exports_nothing_where_no_collector_is_named()
    {
        var environment = await EnvironmentOf(_builder.AddProject<Projects.Fintech_Producer>("producer").WithHttpEndpoint());

        Assert.DoesNotContain(environment.Keys, name => name.StartsWith("OTEL_EXPORTER", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reference_to_a_service_injects_its_address_twice()
    {
        var producer = _builder.AddProject<Projects.Fintech_Producer>("my-producer").WithHttpEndpoint();

        var environment = await EnvironmentOf(_builder.AddExecutable("probe", "true", "/").WithReference(producer));
        var url = $"http://localhost:{PortOf(producer.Resource)}";

        Assert.Equal(new Dictionary<string, string> { ["MY_PRODUCER_HTTP"] = url, ["services__my-producer__http__0"] = url }, environment);
    }

    [Fact]
    public async Task An_existing_connection_is_injected_as_it_was_configured()
    {
        _builder.Configuration["ConnectionStrings:source"] = "Host=elsewhere;Database=ledger";

        var environment = await EnvironmentOf(_builder.AddExecutable("probe", "true", "/").WithReference(_builder.AddConnectionString("source")));

        Assert.Equal(new Dictionary<string, string> { ["ConnectionStrings__source"] = "Host=elsewhere;Database=ledger" }, environment);
    }

    [Fact]
    public async Task A_connection_may_go_by_a_variable_or_a_name_of_its_own()
    {
        _builder.Configuration["ConnectionStrings:source"] = "Host=elsewhere";
        var source = _builder.AddConnectionString("source", "LEDGER");

        Assert.Equal(new() { ["LEDGER"] = "Host=elsewhere" }, await EnvironmentOf(_builder.AddExecutable("by-variable", "true", "/").WithReference(source)));
        var redis = await EnvironmentOf(_builder.AddExecutable("by-name", "true", "/").WithReference(_builder.AddRedis("redis"), "cache"));
        Assert.Equal(["CACHE_HOST", "CACHE_PASSWORD", "CACHE_PORT", "CACHE_URI", "ConnectionStrings__cache"], redis.Keys.Order());
    }

    [Fact]
    public void A_fixed_port_that_is_taken_is_one_clear_sentence()
    {
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;
        var service = _builder.AddExecutable("dashboard", "true", "/").WithHttpEndpoint(port);

        var refusal = Assert.Throws<DistributedApplicationException>(() => FreePorts.Allocate(service.Resource, randomize: false));

        Assert.Equal($"Port {port} for endpoint 'http' of 'dashboard' is taken by another program: stop that one, or configure another port.", refusal.Message);
    }

    [Fact]
    public void A_child_inherits_no_setting_that_belongs_to_the_AppHost()
    {
        Environment.SetEnvironmentVariable("Parameters__pii-key", "not for everyone");
        Environment.SetEnvironmentVariable("ConnectionStrings__source", "Host=elsewhere");
        try
        {
            Assert.DoesNotContain(ChildEnvironment.ForService().Keys, name => name.StartsWith("Parameters__") || name.StartsWith("ConnectionStrings__"));
            Assert.Contains("PATH", ChildEnvironment.ForService());
        }
        finally
        {
            Environment.SetEnvironmentVariable("Parameters__pii-key", null);
            Environment.SetEnvironmentVariable("ConnectionStrings__source", null);
        }
    }

    private async Task<Dictionary<string, string>> EnvironmentOf<T>(IResourceBuilder<T> resource) where T : IResourceWithEnvironment
    {
        foreach (var known in _builder.Resources)
            FreePorts.Allocate(known, randomize: true);

        return await resource.Resource.GetEnvironmentVariableValuesAsync();
    }

    private static string PortOf(IResourceWithEndpoints resource) => resource.GetEndpoints().Single().Port.ToString();
}
