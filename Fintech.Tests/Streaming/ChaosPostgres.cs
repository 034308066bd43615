using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>A PostgreSQL of a test's own, to be crashed and started again on the same port and data.</summary>
internal sealed class ChaosPostgres : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fintech-postgres-");
    private readonly string programs = Needs.PostgresPrograms();
    private Process? process;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>PostgreSQL refuses to run as root; nobody else may have to be asked for.</summary>
    private static bool IsRoot => Environment.IsPrivilegedProcess;

    public int Port { get; } = FreePort();

    private string Data => Path.Combine(folder.FullName, "data");

    public static async Task<ChaosPostgres> StartAsync()
    {
        var server = new ChaosPostgres();
        if (IsRoot)
            await RunAsync("chown", "nobody", server.folder.FullName);
        await RunAsync(server.AsUser("initdb", "-D", server.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"));
        await server.LaunchAsync();
        return server;
    }

    /// <param name="port">Of a proxy; null for the server itself.</param>
    public string ConnectionString(string database, int? port = null) =>
        $"Host=127.0.0.1;Port={port ?? Port};Username=postgres;Database={database}";

    private async Task CreateDatabaseAsync(string name)
    {
        await using var connection = new NpgsqlConnection($"{ConnectionString("postgres")};Pooling=false");
        await connection.OpenAsync(Token);
        await using var create = new NpgsqlCommand($"create database {name}", connection);
        await create.ExecuteNonQueryAsync(Token);
    }

    /// <summary>With the merchants of the load, each in a category of its own, and with every rule alerting: those that remember are what a wrong restart would show in.</summary>
    public async Task<string> CreateWarehouseAsync(string name)
    {
        await CreateDatabaseAsync(name);
        await using var warehouse = NpgsqlDataSource.Create($"{ConnectionString(name)};Pooling=false");
        await new WarehouseMigrator(warehouse, NullLogger<WarehouseMigrator>.Instance).MigrateAsync(Token);
        await using var fill = warehouse.CreateBatch();
        fill.BatchCommands.Add(new("insert into etl.rule_set (rules, created_by) values ($1::jsonb, 'test')") { Parameters = { new() { Value = ChaosLoad.Rules } } });
        fill.BatchCommands.Add(new("insert into dw.dim_merchant (merchant_name, category) select $1 || n, 'Category ' || n from generate_series(0, $2 - 1) n")
        {
            Parameters = { new() { Value = ChaosLoad.Merchant }, new() { Value = ChaosLoad.Merchants } },
        });
        await fill.ExecuteNonQueryAsync(Token);
        return name;
    }

    /// <summary>"Immediate" shutdown: every process of the server ends at once, nothing is written, as after a power cut.</summary>
    public async Task CrashAsync()
    {
        await RunAsync("kill", "-QUIT", $"{process!.Id}");
        await process.WaitForExitAsync(Token);
        process.Dispose();
    }

    public async Task LaunchAsync()
    {
        process = Start(AsUser("postgres", "-D", Data, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "shared_buffers=128MB", "-c", "max_wal_size=2GB", "-c", "log_min_messages=fatal"));
        await Eventually.IsTrueAsync($"PostgreSQL on port {Port} to take connections", AnswersAsync, Patience, Token);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await CrashAsync();
        folder.Delete(recursive: true);
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection($"{ConnectionString("postgres")};Pooling=false");
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private string[] AsUser(string program, params string[] arguments)
    {
        string[] command = [Path.Combine(programs, program), .. arguments];
        return IsRoot ? ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", .. command] : command;
    }

    private static async Task RunAsync(params string[] command)
    {
        using var run = Start(command);
        await run.WaitForExitAsync(Token);
        Assert.True(run.ExitCode == 0, $"'{string.Join(' ', command)}' ended with {run.ExitCode}.");
    }

    /// <summary>What it prints is of no interest, but has to be read.</summary>
    private static Process Start(string[] command)
    {
        var started = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        })!;
        started.OutputDataReceived += (_, _) => { };
        started.ErrorDataReceived += (_, _) => { };
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return started;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
