using System.Diagnostics.Metrics;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Privacy;
using Fintech.Tests.Warehouse;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MongoDB.Bson;
using Npgsql;

namespace Fintech.Tests.Batch;

/// <summary>A source of its own, with the schema that is promised, beside a warehouse of its own.</summary>
internal sealed class BatchBench : IAsyncDisposable
{
    public const string Secret = "only-for-tests-0123456789-0123456789-abcdefgh";

    public const string SourceSchema = """
        create table customers(customer_id int primary key, first_name varchar(50), last_name varchar(50), email varchar(100) unique, signup_date date);
        create table transactions(transaction_id serial primary key, customer_id int references customers, transaction_date timestamp,
            amount decimal(10,2), merchant_details varchar(255));
        """;

    /// <summary>Everything a pass may change, but for the books that grow with every run.</summary>
    private const string Tables = """
        select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname in ('dw', 'etl') and format('%I.%I', schemaname, tablename) not in ('etl.run', 'etl.check_result', 'etl.watermark', 'dw.dim_date')
        order by 1
        """;

    private readonly DirectoryInfo queries = Directory.CreateTempSubdirectory("fintech-extract-");
    private readonly ServiceProvider meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private BatchBench(NpgsqlDataSource source, WarehouseDatabase warehouse)
    {
        Source = source;
        Warehouse = warehouse;
        Feed = _ => Merchants.ToAsyncEnumerable();
    }

    public NpgsqlDataSource Source { get; }
    public WarehouseDatabase Warehouse { get; }
    public SettableTime Time { get; } = new();
    public PiiKey Key { get; } = new(Secret, 1);

    /// <summary>What MongoDB would answer; a test may put its own feed in place.</summary>
    public List<BsonDocument> Merchants { get; } = [Merchant("Corner Cafe", "Restaurants"), Merchant("Green Grocer", "Groceries")];

    public MerchantFeed Feed { get; set; }

    public BatchOptions Options { get; set; } = new();

    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    public static async Task<BatchBench> CreateAsync(Servers servers)
    {
        var source = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync(Token));
        var bench = new BatchBench(source, await WarehouseDatabase.CreateAsync(servers, Token));
        await bench.SourceAsync(SourceSchema);

        // With a carried secret that is the same in every bench, so that what two warehouses have can be compared.
        await bench.WarehouseAsync($"""
            insert into etl.pii_key (version, fingerprint, carried, rotated_at)
            values (1, '\x{Convert.ToHexString(bench.Key.Fingerprint)}', '\x{Convert.ToHexString(bench.Key.Seal(new byte[PiiKey.CarriedBytes]))}', now())
            """);
        return bench;
    }

    public static BsonDocument Merchant(string name, string category) => new() { ["_id"] = ObjectId.GenerateNewId(), ["merchant_name"] = name, ["category"] = category };

    public async Task<PassReport> RunAsync(BatchRequest? request = null, CancellationToken? cancellationToken = null) =>
        await (await CreatePassAsync()).RunAsync(request ?? new BatchRequest { Trigger = "test" }, cancellationToken ?? Token);

    /// <summary>The secrets that a worker started now would be given.</summary>
    public PrivacyOptions Keys { get; set; } = new() { PiiKey = Secret };

    public async Task<PiiKeyRing> OpenKeysAsync()
    {
        var keys = new PiiKeyRing(Warehouse.DataSource, Microsoft.Extensions.Options.Options.Create(Keys));
        await keys.OpenAsync(Token);
        return keys;
    }

    /// <param name="warehouse">Connections of another kind; null for those of every writer.</param>
    public async Task<BatchPass> CreatePassAsync(NpgsqlDataSource? warehouse = null)
    {
        var keys = await OpenKeysAsync();
        return new BatchPass(
            Source, token => Feed(token), warehouse ?? Warehouse.DataSource, keys, Microsoft.Extensions.Options.Options.Create(Options),
            new BatchTelemetry(meters.GetRequiredService<IMeterFactory>()), Time, NullLogger<BatchPass>.Instance);
    }

    /// <summary>Recognises the instruments of this bench among those of tests that run beside it.</summary>
    public IMeterFactory Meters => meters.GetRequiredService<IMeterFactory>();

    public static BatchRequest Full { get; } = new() { Trigger = "test", Full = true };

    public async Task SourceAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    public async Task WarehouseAsync(string sql)
    {
        await using var command = Warehouse.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    public Task<T> ReadAsync<T>(string sql) => Warehouse.ScalarAsync<T>(sql, Token);

    /// <summary>First column of every row.</summary>
    public async Task<List<string>> ListAsync(string sql)
    {
        await using var command = Warehouse.DataSource.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var values = new List<string>();
        while (await reader.ReadAsync(Token))
            values.Add(reader.GetValue(0).ToString()!);
        return values;
    }

    public async Task<Tally> FactsAsync(string where = "true")
    {
        await using var command = Warehouse.DataSource.CreateCommand($"select count(*), coalesce(sum(amount), 0) from dw.fact_transactions where {where}");
        await using var reader = await command.ExecuteReaderAsync(Token);
        await reader.ReadAsync(Token);
        return new Tally(reader.GetInt64(0), reader.GetDecimal(1));
    }

    public async Task<Tally> SourceTallyAsync(string where = "true")
    {
        await using var command = Source.CreateCommand($"select count(*), coalesce(sum(amount), 0) from transactions where {where}");
        await using var reader = await command.ExecuteReaderAsync(Token);
        await reader.ReadAsync(Token);
        return new Tally(reader.GetInt64(0), reader.GetDecimal(1));
    }

    /// <summary>Every row of every table, with the transaction that last wrote it: equal only where nothing was touched.</summary>
    public async Task<string> ContentsAsync(bool withTransactionIds = true)
    {
        var all = new List<string>();
        foreach (var table in await ListAsync(Tables))
        {
            if (await ReadAsync<bool>($"select relkind = 'r' from pg_class where oid = '{table}'::regclass"))
                all.AddRange((await ListAsync($"select t::text {(withTransactionIds ? "|| xmin::text" : "")} from {table} t order by 1")).Select(row => $"{table} {row}"));
        }

        return string.Join('\n', all);
    }

    public async ValueTask DisposeAsync()
    {
        await meters.DisposeAsync();
        await Source.DisposeAsync();
        await Warehouse.DisposeAsync();
        queries.Delete(recursive: true);
    }

    /// <summary>A file with a query of the operator's own, for as long as the bench stands.</summary>
    public string QueryFile(string sql)
    {
        var path = Path.Combine(queries.FullName, $"{Guid.NewGuid():n}.sql");
        File.WriteAllText(path, sql);
        return path;
    }
}

/// <summary>The present, until a test moves it.</summary>
internal sealed class SettableTime : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
