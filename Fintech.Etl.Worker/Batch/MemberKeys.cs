using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Fintech.Etl.Worker.Batch.Copy;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <param name="Category">Index into <see cref="MemberKeys.Categories"/>.</param>
internal readonly record struct MerchantKey(long Key, int Category, bool IsInferred);

/// <summary>
/// Surrogate keys of customers and merchants, for a first load: each member then has one version, valid at all times, and that there are
/// not too many of them was seen to before (<see cref="Most"/>). 100,000 customers take 5 MB. Where transactions name more who are unknown
/// than memory is for, all are forgotten, and those that are named again are asked for, a chunk at a time.
/// </summary>
/// <param name="loaded">Those of every customer, where this pass has just introduced them all; otherwise they are read.</param>
/// <param name="most">How many customers, and how many merchants, are remembered: at least a chunk's.</param>
internal sealed class MemberKeys(NpgsqlConnection connection, CustomerKeys? loaded, int most = MemberKeys.Most)
{
    /// <summary>More customers or merchants than this are left to the database's own joins, which need no memory of ours.</summary>
    public const int Most = 1_000_000;

    /// <summary>Of a transaction that names none.</summary>
    private const long UnknownMember = 0;

    private readonly CustomerKeys customers = loaded ?? new CustomerKeys();
    private readonly Dictionary<string, MerchantKey> merchants = new(StringComparer.Ordinal);
    private readonly HashSet<long> newCustomers = [];
    private readonly HashSet<string> newMerchants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> categoryIndexes = new(StringComparer.Ordinal);
    private readonly List<string> categories = [];
    private bool forgotCustomers;
    private bool forgotMerchants;

    public IReadOnlyList<string> Categories => categories;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (loaded is null)
        {
            await using var rows = await ReadAsync(
                "select customer_id, customer_key, is_inferred::int from dw.dim_customer where is_current and customer_key <> 0", cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                customers.Set(rows.Integer(0)!.Value, rows.Integer(1)!.Value, rows.Integer(2) == 1);
        }

        // With the unknown member, whose name is empty.
        await using var named = await ReadAsync(
            "select merchant_name, merchant_key, category, (is_inferred and merchant_key <> 0)::int from dw.dim_merchant where is_current", cancellationToken);
        while (await named.ReadAsync(cancellationToken))
            merchants[named.Text(0)!] = new MerchantKey(named.Integer(1)!.Value, IndexOf(named.Text(2)!), named.Integer(3) == 1);
    }

    /// <summary>The members of a row. Those that nobody has introduced, or that were forgotten, are noted; <see cref="InferAsync"/> finds or introduces them.</summary>
    /// <returns>Whether both are known.</returns>
    [MethodImpl(Hot.Path)]
    public bool TryGet(in StagedTransaction row, out CustomerKey customer, out MerchantKey merchant)
    {
        var known = true;
        customer = new CustomerKey(UnknownMember, false);
        if (row.CustomerId is { } id && !customers.TryGet(id, out customer))
        {
            newCustomers.Add(id);
            known = false;
        }

        if (!merchants.TryGetValue(row.MerchantName, out merchant))
        {
            newMerchants.Add(row.MerchantName);
            known = false;
        }

        return known;
    }

    /// <summary>
    /// Makes inferred members of those noted, which the connection must be free for. Members known before may be forgotten by it: whoever needs
    /// several at once asks again, until all of them are known.
    /// </summary>
    public async Task InferAsync(CancellationToken cancellationToken)
    {
        if (newCustomers.Count > 0)
            await InferCustomersAsync(cancellationToken);
        if (newMerchants.Count > 0)
            await InferMerchantsAsync(cancellationToken);
    }

    private async Task InferCustomersAsync(CancellationToken cancellationToken)
    {
        if (customers.Count >= most)
        {
            customers.Clear();
            forgotCustomers = true;
        }

        const string known = "select customer_id, customer_key, is_inferred from dw.dim_customer where is_current and customer_id = any($1)";
        if (forgotCustomers)
            await TakeAsync(known);
        await TakeAsync(Warehouse.Sql.Read("Batch/Sql/infer_customer_keys.sql"));
        await TakeAsync(known);     // Whom a stream was quicker with.
        if (newCustomers.Count > 0)
            throw new InvalidOperationException("A customer is neither known nor was it inferred.");

        async Task TakeAsync(string sql)
        {
            if (newCustomers.Count == 0)
                return;
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter<long[]> { TypedValue = [.. newCustomers] } } };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                customers.Set(reader.GetInt64(0), reader.GetInt64(1), reader.GetBoolean(2));
                newCustomers.Remove(reader.GetInt64(0));
            }
        }
    }

    private async Task InferMerchantsAsync(CancellationToken cancellationToken)
    {
        if (merchants.Count >= most)
        {
            merchants.Clear();
            forgotMerchants = true;
        }

        const string known = """
            select merchant_name, merchant_key, is_inferred and merchant_key <> 0, category from dw.dim_merchant where is_current and merchant_name = any($1)
            """;
        if (forgotMerchants)
            await TakeAsync(known);
        await TakeAsync(Warehouse.Sql.Read("Batch/Sql/infer_merchant_keys.sql"));
        await TakeAsync(known);
        if (newMerchants.Count > 0)
            throw new InvalidOperationException("A merchant is neither known nor was it inferred.");

        async Task TakeAsync(string sql)
        {
            if (newMerchants.Count == 0)
                return;
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. newMerchants] } } };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                merchants[reader.GetString(0)] = new MerchantKey(reader.GetInt64(1), IndexOf(reader.GetString(3)), reader.GetBoolean(2));
                newMerchants.Remove(reader.GetString(0));
            }
        }
    }

    private async Task<CopyReader> ReadAsync(string query, CancellationToken cancellationToken) =>
        new(await connection.BeginRawBinaryCopyAsync($"copy ({query}) to stdout (format binary)", cancellationToken));

    private int IndexOf(string category)
    {
        ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(categoryIndexes, category, out var known);
        if (!known)
        {
            // Seen to before the load began (direct_facts.sql): of two that share a number each would be counted as the other.
            if (categories.Count == MinuteSums.MostCategories)
                throw new BatchException($"A first load can tell {MinuteSums.MostCategories} categories of merchants apart, and there are more.");
            index = categories.Count;
            categories.Add(category);
        }

        return index;
    }
}
