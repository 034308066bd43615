using Fintech.Producer.History;
using Fintech.Producer.Simulation;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Producer;

/// <summary>The history in a real PostgreSQL and a real MongoDB (or its stand-in).</summary>
public sealed class HistoryWriterTests(Servers servers) : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 14, 10, 30, 0, TimeSpan.Zero));
    private NpgsqlDataSource source = null!;
    private IMongoDatabase database = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IMongoCollection<BsonDocument> Merchants => database.GetCollection<BsonDocument>("merchants");

    public async ValueTask InitializeAsync()
    {
        source = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync(Cancelled));
        database = await servers.CreateMongoDatabaseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await database.Client.DropDatabaseAsync(database.DatabaseNamespace.DatabaseName, CancellationToken.None);
        await source.DisposeAsync();
    }

    [Fact]
    public async Task A_fresh_platform_gets_a_week_that_the_database_counts_as_the_generator_does()
    {
        var options = new HistoryOptions { Transactions = 20_000 };
        await Writer(options).EnsureAsync(Cancelled);

        var rows = HistoryGenerator.Generate(World(options), options, time.GetUtcNow().DateTime).ToList();
        Assert.Equal(2_000L, await ScalarAsync("SELECT count(*) FROM customers"));
        Assert.Equal(20_000L, await ScalarAsync("SELECT count(*) FROM transactions"));
        Assert.Equal(rows.Sum(row => row.Amount), await ScalarAsync("SELECT sum(amount) FROM transactions"));
        Assert.Equal(200, await Merchants.CountDocumentsAsync(FilterDefinition<BsonDocument>.Empty, cancellationToken: Cancelled));

        Assert.Equal(
            rows[12_345],
            await ReadAsync("SELECT * FROM transactions WHERE transaction_id = 12346", row => new SourceTransaction(
                row.GetInt32(0), row.GetInt32(1), row.GetDateTime(2), row.GetDecimal(3), row.GetString(4))));
    }

    [Fact]
    public async Task The_next_row_of_the_source_gets_the_next_id()
    {
        await Writer(new HistoryOptions { Transactions = 500 }).EnsureAsync(Cancelled);

        Assert.Equal(501, await ScalarAsync("INSERT INTO transactions (customer_id, amount) VALUES (1, 1) RETURNING transaction_id"));
    }

    [Fact]
    public async Task A_second_start_changes_nothing_also_when_it_comes_later_or_rows_were_added()
    {
        var options = new HistoryOptions { Transactions = 500 };
        await Writer(options).EnsureAsync(Cancelled);
        await ScalarAsync("INSERT INTO transactions (customer_id, amount) VALUES (1, 1)");
        var before = await FingerprintAsync();

        time.Advance(TimeSpan.FromDays(3));
        await Writer(options).EnsureAsync(Cancelled);

        Assert.Equal(before, await FingerprintAsync());
    }

    [Fact]
    public async Task Two_producers_starting_at_once_create_one_history()
    {
        var options = new HistoryOptions { Transactions = 5_000 };

        await Task.WhenAll(Writer(options).EnsureAsync(Cancelled), Writer(options).EnsureAsync(Cancelled));

        Assert.Equal(5_000L, await ScalarAsync("SELECT count(*) FROM transactions"));
        Assert.Equal(200, await Merchants.CountDocumentsAsync(FilterDefinition<BsonDocument>.Empty, cancellationToken: Cancelled));
    }

    [Theory]
    [InlineData("CREATE TABLE customers (customer_id int PRIMARY KEY, name text); INSERT INTO customers VALUES (7, 'x')")]
    [InlineData("CREATE TABLE transactions (transaction_id int, amount numeric); INSERT INTO transactions VALUES (7, 1.5)")]
    public async Task Rows_of_somebody_else_are_left_alone_and_nothing_is_put_beside_them(string sql)
    {
        await ScalarAsync(sql);

        await Writer(new HistoryOptions()).EnsureAsync(Cancelled);

        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
        Assert.Equal(0, await Merchants.CountDocumentsAsync(FilterDefinition<BsonDocument>.Empty, cancellationToken: Cancelled));
    }

    [Fact]
    public async Task Merchants_of_somebody_else_are_left_alone_and_no_ledger_is_made_up_for_them()
    {
        await Merchants.InsertOneAsync(Document("A shop of theirs", "Groceries"), cancellationToken: Cancelled);

        await Writer(new HistoryOptions()).EnsureAsync(Cancelled);

        Assert.Equal(0L, await ScalarAsync("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
        Assert.Equal(1, await Merchants.CountDocumentsAsync(FilterDefinition<BsonDocument>.Empty, cancellationToken: Cancelled));
    }

    [Fact]
    public async Task Empty_tables_that_were_there_before_are_filled_as_they_are()
    {
        await ScalarAsync(
            """
            CREATE TABLE customers
            (
                customer_id int PRIMARY KEY, first_name varchar(50), last_name varchar(50), email varchar(100), signup_date date,
                note text DEFAULT 'theirs'
            )
            """);

        await Writer(new HistoryOptions { Transactions = 100, Customers = 5 }).EnsureAsync(Cancelled);

        Assert.Equal(5L, await ScalarAsync("SELECT count(*) FROM customers WHERE note = 'theirs'"));
        Assert.Equal(100L, await ScalarAsync("SELECT count(*) FROM transactions JOIN customers USING (customer_id)"));
    }

    /// <summary>The connection is cut while the rows are on their way, with half of the merchants registered before.</summary>
    [Fact]
    public async Task A_start_that_died_half_way_is_completed_by_the_next()
    {
        var options = new HistoryOptions { Transactions = 400_000 };
        var half = World(options).Merchants.Take(100);
        await Merchants.InsertManyAsync(half.Select(merchant => Document(merchant.Name, merchant.Category.Name)), cancellationToken: Cancelled);

        var first = Writer(options).EnsureAsync(Cancelled);
        await Eventually.IsTrueAsync(
            "rows of transactions on their way",
            async _ => await ScalarAsync("SELECT count(*) FROM pg_stat_progress_copy WHERE datname = current_database() AND tuples_processed > 3000") is 1L,
            TimeSpan.FromSeconds(30),
            Cancelled);
        await ScalarAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_progress_copy WHERE datname = current_database()");
        await Assert.ThrowsAnyAsync<Exception>(() => first);
        Assert.Equal(0L, await ScalarAsync("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));

        await Writer(options).EnsureAsync(Cancelled);

        Assert.Equal(400_000L, await ScalarAsync("SELECT count(*) FROM transactions"));
        Assert.Equal(200, await Merchants.CountDocumentsAsync(FilterDefinition<BsonDocument>.Empty, cancellationToken: Cancelled));
    }

    [Fact]
    public async Task A_merchant_is_registered_only_once()
    {
        await Writer(new HistoryOptions { Transactions = 0 }).EnsureAsync(Cancelled);
        var known = await Merchants.Find(FilterDefinition<BsonDocument>.Empty).FirstAsync(Cancelled);

        await Assert.ThrowsAsync<MongoWriteException>(
            () => Merchants.InsertOneAsync(Document(known["merchant_name"].AsString, "Other"), cancellationToken: Cancelled));
    }

    private HistoryWriter Writer(HistoryOptions options) =>
        new(source, database, World(options), Options.Create(options), time, NullLogger<HistoryWriter>.Instance);

    private static BsonDocument Document(string name, string category) => new() { { "merchant_name", name }, { "category", category } };

    private static World World(HistoryOptions options) => new(options.Customers, options.Merchants, options.Seed);

    private Task<object?> FingerprintAsync() => ScalarAsync(
        """
        SELECT (SELECT md5(string_agg(t::text, ',' ORDER BY transaction_id)) FROM transactions t)
            || (SELECT md5(string_agg(c::text, ',' ORDER BY customer_id)) FROM customers c)
        """);

    private Task<object?> ScalarAsync(string sql) => ReadAsync<object?>(sql, row => row.GetValue(0));

    private async Task<T?> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> convert)
    {
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Cancelled);
        return await reader.ReadAsync(Cancelled) ? convert(reader) : default;
    }
}
