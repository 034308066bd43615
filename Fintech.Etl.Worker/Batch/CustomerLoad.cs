using System.Runtime.CompilerServices;
using Fintech.Etl.Worker.Batch.Copy;
using Fintech.Etl.Worker.Privacy;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Takes the pseudonymised customers of a pass: straight into an empty dimension, whose indexes are built after, or by way of a
/// stage that <c>merge_customers.sql</c> compares with what the dimension has.
/// </summary>
internal sealed class CustomerLoad : IAsyncDisposable
{
    private const string Stage = """
        copy stage_customer (customer_id, first_name, first_name_hash, last_name_mask, last_name_hash, email_mask, email_hash, signup_date, row_hash,
                             former_row_hash, email_key, email_fault) from stdin (format binary)
        """;

    private const string Dimension = """
        copy dw.dim_customer (customer_key, customer_id, first_name, first_name_hash, last_name_mask, last_name_hash, email_mask, email_hash, signup_date, row_hash,
                              pii_key_version, privacy_policy) from stdin (format binary)
        """;

    private const int MostFaults = 20_000;

    private readonly NpgsqlConnection connection;
    private readonly PassContext pass;
    private readonly bool direct;
    private readonly CustomerKeys keys = new();
    private readonly List<(Check Check, long Customer)> faults = [];
    private CopyWriter? writer;
    private long rows;
    private long nextKey;

    private CustomerLoad(NpgsqlConnection connection, PassContext pass, bool direct) => (this.connection, this.pass, this.direct) = (connection, pass, direct);

    /// <summary>Of every customer there is; null where the dimension may have others, or more than memory is for.</summary>
    public CustomerKeys? Keys => direct && rows <= MemberKeys.Most ? keys : null;

    public string Name => direct ? "direct" : "staged";

    /// <summary>Directly where nobody is in the dimension yet. Equal addresses are then found by their hashes, so these must be kept.</summary>
    public static async Task<CustomerLoad> BeginAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, PassContext pass, CancellationToken cancellationToken)
    {
        var direct = pass.Privacy.Policy.Email == ColumnPolicy.Hash && !pass.Request.DryRun
            && await EmptyTable.TryTakeAsync(connection, transaction, pass, "direct_customers", cancellationToken);
        var load = new CustomerLoad(connection, pass, direct);
        if (direct)
        {
            await using var next = new NpgsqlCommand("select nextval(pg_get_serial_sequence('dw.dim_customer', 'customer_key'))", connection);
            load.nextKey = (long)(await next.ExecuteScalarAsync(cancellationToken))!;
        }

        return load;
    }

    public static CustomerLoad Staged(NpgsqlConnection connection, PassContext pass) => new(connection, pass, direct: false);

    public async Task AddAsync(ReadOnlyMemory<StagedCustomer> customers, CancellationToken cancellationToken)
    {
        if (faults.Count >= MostFaults)
            await FlushAsync(cancellationToken);
        writer ??= await BeginCopyAsync(cancellationToken);
        for (var i = 0; i < customers.Length; i++)
        {
            Write(writer, customers.Span[i]);
            await writer.FlushAsync(cancellationToken);
        }

        rows += customers.Length;
    }

    /// <param name="rehash">For a rotation: what is staged takes on the current key.</param>
    /// <returns>Versions that came to be: customers seen for the first time, and changed ones.</returns>
    public async Task<long> CompleteAsync(bool rehash, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        if (direct)
        {
            await BatchSql.ExecuteAsync(connection, "direct_customers_keys", pass, cancellationToken);
            return rows;
        }

        await using var merge = BatchSql.Command(connection, "merge_customers", pass);
        merge.Parameters.Add(new("privacy_policy", pass.Privacy.Policy.Code));
        merge.Parameters.Add(new("former_key_version", pass.Privacy.Former?.Version ?? 0));
        merge.Parameters.Add(new("rehash", rehash));
        return (long)(await merge.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>What of former policies is kept of those whom the source did not tell again, and what the addresses are like.</summary>
    public async Task RestrictAndCheckAsync(CancellationToken cancellationToken)
    {
        if (direct)
            return;
        await using var restrict = BatchSql.CommandOf(connection, Warehouse.Sql.Read("Privacy/Sql/restrict_customers.sql"), pass);
        restrict.Parameters.Add(new("privacy_policy", pass.Privacy.Policy.Code));
        await restrict.ExecuteNonQueryAsync(cancellationToken);
        await using var addresses = BatchSql.CommandOf(connection, Warehouse.Sql.Read("Privacy/Sql/email_findings.sql"), pass);
        await addresses.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (writer is not null)
            await writer.DisposeAsync();
    }

    [MethodImpl(Hot.Path)]
    private void Write(CopyWriter writer, in StagedCustomer row)
    {
        writer.Row(12);
        if (direct)
        {
            // Keys are given here, so that the facts need not ask for them; nobody else draws any while the table is taken.
            if (rows <= MemberKeys.Most)
                keys.Set(row.CustomerId, nextKey, isInferred: false);
            writer.Bigint(nextKey++);
        }

        writer.Bigint(row.CustomerId);
        writer.TextOrNull(row.FirstName);
        writer.BytesOrNull(row.FirstNameHash);
        writer.TextOrNull(row.LastNameMask);
        writer.BytesOrNull(row.LastNameHash);
        writer.TextOrNull(row.EmailMask);
        writer.BytesOrNull(row.EmailHash);
        if (row.SignupDate is { } signup)
            writer.Date(signup);
        else
            writer.Null();
        writer.Bytes(row.RowHash);
        if (direct)
        {
            writer.Integer(pass.Key.Version);
            writer.Text(pass.Privacy.Policy.Code);
            if (row.EmailFault is { } fault)
                faults.Add((fault, row.CustomerId));
            return;
        }

        writer.BytesOrNull(row.FormerRowHash);
        if (row.EmailKey is { } key)
            writer.Bigint(key);
        else
            writer.Null();
        writer.TextOrNull(row.EmailFault?.Name);
    }

    private async Task<CopyWriter> BeginCopyAsync(CancellationToken cancellationToken)
    {
        var stream = await connection.BeginRawBinaryCopyAsync(direct ? Dimension : Stage, cancellationToken);
        stream.WriteTimeout = BatchSql.TimeoutSeconds * 1_000;
        return new CopyWriter(stream);
    }

    /// <summary>Ends the COPY, since the connection is needed for what has gathered.</summary>
    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (writer is not null)
        {
            await writer.CompleteAsync(cancellationToken);
            writer = null;
        }

        await Findings.WriteAsync(connection, faults, cancellationToken);
        faults.Clear();
    }
}
