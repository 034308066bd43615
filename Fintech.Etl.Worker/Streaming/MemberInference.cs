using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// Sees to it that every customer and merchant of a batch has a current member, before the batch's own transaction and
/// outside of it: a member's lock is held for a moment, not for the whole batch. Members never go away, so the ones seen
/// are remembered; the memory saves a look-up and decides nothing.
/// </summary>
internal sealed class MemberInference(NpgsqlConnection connection)
{
    private const int MostRemembered = 100_000;

    private readonly HashSet<long> customers = [];
    private readonly HashSet<string> merchants = [];

    /// <param name="erasedGeneration">Of the erasures known when the transactions were read.</param>
    public async Task EnsureAsync(IEnumerable<IncomingTransaction> transactions, long erasedGeneration, CancellationToken cancellationToken)
    {
        var newCustomers = new HashSet<long>();
        var newMerchants = new HashSet<string>();
        foreach (var transaction in transactions)
        {
            if (!customers.Contains(transaction.CustomerId))
                newCustomers.Add(transaction.CustomerId);
            if (!merchants.Contains(transaction.Content.MerchantName))
                newMerchants.Add(transaction.Content.MerchantName);
        }

        await InferAsync("Streaming/Sql/infer_customers_unless_erased.sql", newCustomers, customers, cancellationToken, new NpgsqlParameter<long> { TypedValue = erasedGeneration });
        await InferAsync("Streaming/Sql/infer_merchants.sql", newMerchants, merchants, cancellationToken);
    }

    private async Task InferAsync<T>(string sql, HashSet<T> wanted, HashSet<T> remembered, CancellationToken cancellationToken, params NpgsqlParameter[] further)
    {
        if (wanted.Count == 0)
            return;

        await using var infer = new NpgsqlCommand(Sql.Read(sql), connection);
        infer.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = [.. wanted] });
        foreach (var parameter in further)
            infer.Parameters.Add(parameter);
        await infer.PrepareAsync(cancellationToken);
        await infer.ExecuteNonQueryAsync(cancellationToken);
        if (remembered.Count + wanted.Count > MostRemembered)
            remembered.Clear();
        remembered.UnionWith(wanted);
    }
}
