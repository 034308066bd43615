using System.Globalization;
using Fintech.Producer.Simulation;
using Microsoft.Extensions.Options;
using MongoDB.Driver;
using Npgsql;

namespace Fintech.Producer.History;

/// <summary>
/// Creates the upstream world once. The merchants come first and can be repeated; customers and transactions follow in
/// one Postgres transaction that is also the record of having been here. Whenever it dies, the next start completes it.
/// </summary>
internal sealed partial class HistoryWriter(
    NpgsqlDataSource source, IMongoDatabase database, World world, IOptions<HistoryOptions> options, TimeProvider time, ILogger<HistoryWriter> logger)
{
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var tables = new SourceTables(connection);
        var register = new MerchantRegister(database);
        await tables.LockAsync(cancellationToken);

        switch (await tables.InspectAsync(cancellationToken))
        {
            case SourceContent.Simulated:
                LogAlreadyThere();
                return;
            case SourceContent.Foreign:
                LogForeign("The rows of the source's tables customers and transactions");
                return;
            case SourceContent.Empty when await register.IsForeignAsync(world, cancellationToken):
                LogForeign("The documents of the MongoDB collection merchants");
                return;
        }

        await CreateAsync(tables, register, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task CreateAsync(SourceTables tables, MerchantRegister register, CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var started = time.GetTimestamp();
        var end = WholeSecond(time.GetUtcNow().UtcDateTime);

        await register.FillAsync(world, cancellationToken);
        await tables.CreateAsync(cancellationToken);
        await tables.LoadAsync(world.Customers, cancellationToken);
        var totals = await tables.LoadAsync(HistoryGenerator.Generate(world, settings, end), cancellationToken);
        await tables.FinishAsync(settings, end, cancellationToken);

        LogCreated(
            world.Customers.Count,
            world.Merchants.Count,
            totals.Transactions,
            totals.Amount.ToString(CultureInfo.InvariantCulture),
            settings.Days,
            end,
            time.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>The source's columns have no zone, and Npgsql takes no time that has one for them.</summary>
    private static DateTime WholeSecond(DateTime utc) =>
        new(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Unspecified);

    [LoggerMessage(
        LogLevel.Information,
        "Created the history: {Customers} customers, {Merchants} merchants, "
        + "{Transactions} transactions over {Amount} in the {Days} days before {End:s}Z, in {Seconds:F1} s")]
    private partial void LogCreated(int customers, int merchants, int transactions, string amount, int days, DateTime end, double seconds);

    [LoggerMessage(LogLevel.Information, "The history is already there")]
    private partial void LogAlreadyThere();

    [LoggerMessage(
        LogLevel.Warning,
        "{Place} are not of this producer's making: no history is created, and nothing there is touched")]
    private partial void LogForeign(string place);
}
