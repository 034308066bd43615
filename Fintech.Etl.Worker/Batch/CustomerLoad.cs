using Fintech.Etl.Worker.Batch.Copy;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Takes the pseudonymised customers of a pass: straight into an empty dimension, whose key and indexes are built after, or by way
/// of a stage that <c>merge_customers.sql</c> compares with what the dimension has.
/// </summary>
internal sealed class CustomerLoad : IAsyncDisposable
{
    private const string Columns = "customer_id, first_name, last_name_hash, email_hash, signup_date, row_hash, pii_key_version";

    private readonly NpgsqlConnection connection;
    private readonly PassContext pass;
    private readonly bool direct;
    private readonly CopyWriter writer;
    private long rows;

    private CustomerLoad(NpgsqlConnection connection, PassContext pass, bool direct, CopyWriter writer)
    {
        (this.connection, this.pass, this.direct, this.writer) = (connection, pass, direct, writer);
    }

    public string Name => direct ? "direct" : "staged";

    public static async Task<CustomerLoad> BeginAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, PassContext pass, CancellationToken cancellationToken)
    {
        var direct = await EmptyTable.TryTakeAsync(connection, transaction, pass, "direct_customers", cancellationToken);
        var table = direct ? "dw.dim_customer" : "stage_customer";
        var stream = await connection.BeginRawBinaryCopyAsync($"copy {table} ({Columns}) from stdin (format binary)", cancellationToken);
        stream.WriteTimeout = BatchSql.TimeoutSeconds * 1_000;
        return new CustomerLoad(connection, pass, direct, new CopyWriter(stream));
    }

    public async Task AddAsync(ArraySegment<StagedCustomer> customers, CancellationToken cancellationToken)
    {
        for (var i = 0; i < customers.Count; i++)
        {
            Write(customers[i]);
            await writer.FlushAsync(cancellationToken);
        }

        rows += customers.Count;
    }

    /// <returns>Versions that came to be: customers seen for the first time, and changed ones.</returns>
    public async Task<long> CompleteAsync(CancellationToken cancellationToken)
    {
        await writer.CompleteAsync(cancellationToken);
        if (direct)
        {
            await BatchSql.ExecuteAsync(connection, "direct_customers_keys", pass, cancellationToken);
            return rows;
        }

        await using var merge = BatchSql.Command(connection, "merge_customers", pass);
        return (long)(await merge.ExecuteScalarAsync(cancellationToken))!;
    }

    public ValueTask DisposeAsync() => writer.DisposeAsync();

    private void Write(in StagedCustomer row)
    {
        writer.Row(7);
        writer.Bigint(row.CustomerId);
        writer.TextOrNull(row.FirstName);
        writer.BytesOrNull(row.LastNameHash);
        writer.BytesOrNull(row.EmailHash);
        if (row.SignupDate is { } signup)
            writer.Date(signup);
        else
            writer.Null();
        writer.Bytes(row.RowHash);
        writer.Integer(pass.Key.Version);
    }
}
