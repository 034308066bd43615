using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Fintech.Etl.Worker.Batch.Copy;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <param name="Category">Index into <see cref="MemberKeys.Categories"/>.</param>
internal readonly record struct MerchantKey(long Key, int Category, bool IsInferred);

/// <summary>
/// Surrogate keys of every customer and merchant, for a first load: each member then has one version, valid at all times, and
/// that there are not too many of them was seen to before (<see cref="Most"/>). 100,000 customers take 5 MB.
/// </summary>
/// <param name="loaded">Those of every customer, where this pass has just introduced them all; otherwise they are read.</param>
internal sealed class MemberKeys(NpgsqlConnection connection, CustomerKeys? loaded)
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

    public IReadOnlyList<string> Categories => categories;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (loaded is null)
            await ReadCustomersAsync("", cancellationToken);
        await ReadMerchantsAsync("", cancellationToken);
    }

    /// <summary>The members of a row. Those that nobody has introduced are noted; <see cref="InferAsync"/> introduces them.</summary>
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

    /// <summary>Makes inferred members of those noted, which the connection must be free for.</summary>
    public async Task InferAsync(CancellationToken cancellationToken)
    {
        if (newCustomers.Count > 0)
        {
            await InferAsync("infer_customers", newCustomers.ToArray(), cancellationToken);
            await ReadCustomersAsync("and is_inferred", cancellationToken);
            newCustomers.Clear();
        }

        if (newMerchants.Count > 0)
        {
            await InferAsync("infer_merchants", newMerchants.ToArray(), cancellationToken);
            await ReadMerchantsAsync("and is_inferred", cancellationToken);
            newMerchants.Clear();
        }
    }

    private async Task InferAsync<T>(string name, T[] wanted, CancellationToken cancellationToken)
    {
        await using var infer = new NpgsqlCommand(Warehouse.Sql.Read($"Streaming/Sql/{name}.sql"), connection);
        infer.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = wanted });
        await infer.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task ReadCustomersAsync(string which, CancellationToken cancellationToken)
    {
        await using var rows = await ReadAsync(
            $"select customer_id, customer_key, is_inferred::int from dw.dim_customer where is_current and customer_key <> 0 {which}", cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            customers.Set(rows.Integer(0)!.Value, rows.Integer(1)!.Value, rows.Integer(2) == 1);
    }

    /// <summary>With the unknown member, whose name is empty.</summary>
    private async Task ReadMerchantsAsync(string which, CancellationToken cancellationToken)
    {
        await using var rows = await ReadAsync(
            $"select merchant_name, merchant_key, category, (is_inferred and merchant_key <> 0)::int from dw.dim_merchant where is_current {which}", cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            merchants[rows.Text(0)!] = new MerchantKey(rows.Integer(1)!.Value, IndexOf(rows.Text(2)!), rows.Integer(3) == 1);
    }

    private async Task<CopyReader> ReadAsync(string query, CancellationToken cancellationToken) =>
        new(await connection.BeginRawBinaryCopyAsync($"copy ({query}) to stdout (format binary)", cancellationToken));

    private int IndexOf(string category)
    {
        ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(categoryIndexes, category, out var known);
        if (!known)
        {
            index = categories.Count;
            categories.Add(category);
        }

        return index;
    }
}
