using Npgsql;

namespace Fintech.Benchmarks.Stream;

internal sealed record StreamBooks(
    long Facts, decimal Amount, long Totals, decimal TotalAmount, long Categories, decimal CategoryAmount, long Entries, long Alerts)
{
    public static async Task<StreamBooks> ReadAsync(string warehouse, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(warehouse);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(EmbeddedSql.Read("Stream/stream_books.sql"), connection) { CommandTimeout = 600 };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(
            reader.GetInt64(0), reader.GetDecimal(1), reader.GetInt64(2), reader.GetDecimal(3), reader.GetInt64(4), reader.GetDecimal(5),
            reader.GetInt64(6), reader.GetInt64(7));
    }

    /// <exception cref="BenchmarkException">Counts are right and sums are not, or the aggregates tell another story than the facts.</exception>
    public void Assert(long sent, decimal amount)
    {
        if (Facts == sent && (Amount != amount || TotalAmount != amount || CategoryAmount != amount || Categories != Totals))
            throw new BenchmarkException($"{sent} transactions of {amount} were sent; the books say {this}.");
    }
}
