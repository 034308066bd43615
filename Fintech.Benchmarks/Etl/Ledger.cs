using System.Globalization;
using Npgsql;

namespace Fintech.Benchmarks.Etl;

/// <summary>A source of a chosen size: 100,000 customers, 1,000 merchants.</summary>
internal sealed class Ledger(string source, DateTime begin, TimeSpan step)
{
    private static readonly DateTime Begin = new(2025, 1, 1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    public const int Customers = 100_000;
    private const int Merchants = 1_000;

    public string Source => source;

    public static Task<Ledger> CreateAsync(BenchmarkServers servers, int rows, CancellationToken cancellationToken) =>
        CreateAsync(servers, rows, Begin, Step, cancellationToken);

    /// <param name="begin">Of the first row; the others follow <paramref name="step"/> by step.</param>
    public static async Task<Ledger> CreateAsync(BenchmarkServers servers, int rows, DateTime begin, TimeSpan step, CancellationToken cancellationToken)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Making a ledger of {rows:N0} rows, {Customers:N0} customers, {Merchants:N0} merchants."));
        var ledger = new Ledger(await servers.CreateSourceAsync(cancellationToken), begin, step);
        await ledger.ExecuteAsync(EmbeddedSql.Read("Etl/ledger.sql"), cancellationToken);
        await ledger.AppendAsync(1, rows, cancellationToken);
        await ledger.ExecuteAsync("vacuum (analyze)", cancellationToken);     // Or the server would, in the middle of a measurement.
        await servers.FillMerchantsAsync(Merchants, cancellationToken);
        return ledger;
    }

    /// <summary>Rows with the ids from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public Task AppendAsync(int first, int last, CancellationToken cancellationToken) => ExecuteAsync(
        EmbeddedSql.Read("Etl/ledger_rows.sql").Replace("{first}", Text(first), StringComparison.Ordinal).Replace("{last}", Text(last), StringComparison.Ordinal)
            .Replace("{begin}", begin.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{step}", step.TotalMilliseconds.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal),
        cancellationToken);

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(source);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            sql.Replace("{customers}", Text(Customers), StringComparison.Ordinal).Replace("{merchants}", Text(Merchants), StringComparison.Ordinal), connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
