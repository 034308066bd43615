using System.Diagnostics;
using MongoDB.Driver;
using Npgsql;

namespace Fintech.Tests.Batch;

/// <summary>A command of the worker as a process of its own, with a source, a warehouse and a Mongo database for it.</summary>
internal static class WorkerCommand
{
    /// <summary>A filled source, an empty warehouse, and a Mongo database without merchants.</summary>
    public static async Task<Dictionary<string, string>> CreateAsync(Servers servers, int rows, CancellationToken cancellationToken)
    {
        var source = await servers.CreateDatabaseAsync(cancellationToken);
        await using var fill = NpgsqlDataSource.Create(source);
        await using var command = fill.CreateCommand($"""
            {BatchBench.SourceSchema}
            insert into customers (customer_id, last_name) select i, 'Lovelace' from generate_series(1, 100) i;
            insert into transactions (customer_id, transaction_date, amount, merchant_details)
            select 1 + i % 100, timestamp '2026-01-05' + i * interval '1 second', i, 'Merchant ' || i % 100 from generate_series(1, {rows}) i;
            """);
        await command.ExecuteNonQueryAsync(cancellationToken);
        var mongo = new MongoUrlBuilder(await servers.MongoAsync()) { DatabaseName = $"test_{Guid.NewGuid():n}" };
        if (mongo.Username is not null)
            mongo.AuthenticationSource ??= "admin";
        return new()
        {
            ["ConnectionStrings__source"] = source,
            ["ConnectionStrings__merchants"] = mongo.ToString(),
            ["ConnectionStrings__warehouse"] = await servers.CreateDatabaseAsync(cancellationToken),
            ["Privacy__PiiKey"] = BatchBench.Secret,
        };
    }

    public static async Task<T> ScalarAsync<T>(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var dataSource = NpgsqlDataSource.Create(connectionString);
        await using var command = dataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task<(int Code, string Output, string Error)> RunAsync(
        Dictionary<string, string> environment, string[] words, CancellationToken cancellationToken)
    {
        using var process = Start(environment, words);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output, await error);
    }

    public static Process Start(Dictionary<string, string> environment, string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Fintech.Etl.Worker.dll"), .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
