using Npgsql;

namespace Fintech.Etl.Worker.Scoring;

internal static class FactReader
{
    /// <param name="first">The column from which on a row has customer_id, category, type, occurred_at, received_at, amount, currency.</param>
    public static ScoringInput Input(NpgsqlDataReader row, int first) => new(row.GetDecimal(first + 5), row.GetString(first + 6))
    {
        CustomerId = row.IsDBNull(first) ? 0 : row.GetInt64(first),
        Category = row.GetString(first + 1),
        IsPurchase = row.GetString(first + 2) == ScoringInput.Purchase,
        OccurredAt = row.GetDateTime(first + 3),
        ReceivedAt = row.GetDateTime(first + 4),
    };
}
