using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// The current members of a partition's customers and merchants. Those nobody has described yet are inferred, before the batch's own
/// transaction and outside of it: a member's lock is held for a moment, not for the whole batch. Keys are remembered as of a generation
/// of the dimensions; whoever writes facts with them compares it in the transaction that does.
/// </summary>
internal sealed class CurrentMembers(NpgsqlConnection connection)
{
    /// <summary>Of each partition: 40 bytes a customer.</summary>
    private const int MostRemembered = 250_000;

    private readonly Dictionary<long, long> customers = [];
    private readonly Dictionary<string, MerchantMember> merchants = new(StringComparer.Ordinal);

    /// <param name="Category">Of the version that <paramref name="Key"/> names.</param>
    private readonly record struct MerchantMember(long Key, string Category);

    /// <summary>What <c>etl.member_generation</c> said before the members were read.</summary>
    public long Generation { get; private set; } = -1;

    /// <param name="erasedGeneration">Of the erasures known when the transactions were read.</param>
    /// <returns>
    /// The transactions with their members, in order; null where one has none. Nobody is inferred where somebody was erased meanwhile.
    /// </returns>
    public async Task<List<ClaimedTransaction>?> FindAsync(
        IReadOnlyCollection<IncomingTransaction> transactions, long erasedGeneration, CancellationToken cancellationToken)
    {
        // First those that others have described are looked up, then the rest is inferred. Another round, where everything that was
        // remembered turned out to be of an older generation.
        for (var round = 0; round < 3; round++)
        {
            if (TryFind(transactions) is { } rows)
                return rows;

            var (newCustomers, newMerchants) = Missing(transactions);
            if (round > 0)
            {
                await InferAsync("Streaming/Sql/infer_customers_unless_erased.sql", newCustomers, cancellationToken, new NpgsqlParameter<long> { TypedValue = erasedGeneration });
                await InferAsync("Streaming/Sql/infer_merchants.sql", newMerchants, cancellationToken);
            }

            await ReadAsync(newCustomers, newMerchants, cancellationToken);
        }

        return TryFind(transactions);
    }

    public void Forget()
    {
        customers.Clear();
        merchants.Clear();
        Generation = -1;
    }

    private List<ClaimedTransaction>? TryFind(IReadOnlyCollection<IncomingTransaction> transactions)
    {
        var rows = new List<ClaimedTransaction>(transactions.Count);
        foreach (var transaction in transactions)
        {
            if (!customers.TryGetValue(transaction.CustomerId, out var customer) || !merchants.TryGetValue(transaction.Content.MerchantName, out var merchant))
                return null;
            rows.Add(new(transaction, customer, merchant.Key, merchant.Category));
        }

        return rows;
    }

    private (HashSet<long> Customers, HashSet<string> Merchants) Missing(IReadOnlyCollection<IncomingTransaction> transactions)
    {
        var (newCustomers, newMerchants) = (new HashSet<long>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var transaction in transactions)
        {
            if (!customers.ContainsKey(transaction.CustomerId))
                newCustomers.Add(transaction.CustomerId);
            if (!merchants.ContainsKey(transaction.Content.MerchantName))
                newMerchants.Add(transaction.Content.MerchantName);
        }

        return (newCustomers, newMerchants);
    }

    private async Task InferAsync<T>(string sql, HashSet<T> wanted, CancellationToken cancellationToken, params NpgsqlParameter[] further)
    {
        if (wanted.Count == 0)
            return;

        await using var infer = new NpgsqlCommand(Sql.Read(sql), connection);
        infer.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = [.. wanted] });
        foreach (var parameter in further)
            infer.Parameters.Add(parameter);
        await infer.PrepareAsync(cancellationToken);
        await infer.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The generation first: members that change in between are then newer than it says, and found out.</summary>
    private async Task ReadAsync(HashSet<long> newCustomers, HashSet<string> newMerchants, CancellationToken cancellationToken)
    {
        await using var read = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select generation from etl.member_generation"),
                new(Sql.Read("Streaming/Sql/current_customers.sql")) { Parameters = { new NpgsqlParameter<long[]> { TypedValue = [.. newCustomers] } } },
                new(Sql.Read("Streaming/Sql/current_merchants.sql")) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. newMerchants] } } },
            },
        };
        await read.PrepareAsync(cancellationToken);
        await using var reader = await read.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var generation = reader.GetInt64(0);
        if (generation != Generation || customers.Count + newCustomers.Count > MostRemembered || merchants.Count + newMerchants.Count > MostRemembered)
            Forget();
        Generation = generation;

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            customers[reader.GetInt64(0)] = reader.GetInt64(1);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            merchants[reader.GetString(0)] = new(reader.GetInt64(1), reader.GetString(2));
    }
}
