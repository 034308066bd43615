using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Writes what the transform lets pass: first into stage tables by COPY, then by one set-based merge each. All of it happens on
/// one connection, in its open transaction.
/// </summary>
internal sealed class Load(NpgsqlConnection connection, PassContext pass)
{
    public Task CreateStageAsync(CancellationToken cancellationToken) => BatchSql.ExecuteAsync(connection, "stage", pass, cancellationToken);

    public Task<NpgsqlBinaryImporter> BeginCustomersAsync(CancellationToken cancellationToken) => ImportAsync(
        """
        copy stage_customer (customer_id, first_name, first_name_hash, last_name_mask, last_name_hash, email_mask, email_hash, signup_date,
                             row_hash, former_row_hash, email_key, email_fault) from stdin (format binary)
        """, cancellationToken);

    public static async Task WriteAsync(NpgsqlBinaryImporter stage, StagedCustomer row, CancellationToken cancellationToken)
    {
        await stage.StartRowAsync(cancellationToken);
        await stage.WriteAsync(row.CustomerId, NpgsqlDbType.Bigint, cancellationToken);
        await WriteAsync(stage, row.FirstName, NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, row.FirstNameHash, NpgsqlDbType.Bytea, cancellationToken);
        await WriteAsync(stage, row.LastNameMask, NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, row.LastNameHash, NpgsqlDbType.Bytea, cancellationToken);
        await WriteAsync(stage, row.EmailMask, NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, row.EmailHash, NpgsqlDbType.Bytea, cancellationToken);
        await WriteAsync(stage, row.SignupDate, NpgsqlDbType.Date, cancellationToken);
        await stage.WriteAsync(row.RowHash, NpgsqlDbType.Bytea, cancellationToken);
        await WriteAsync(stage, row.FormerRowHash, NpgsqlDbType.Bytea, cancellationToken);
        await WriteAsync(stage, row.EmailKey, NpgsqlDbType.Bigint, cancellationToken);
        await WriteAsync(stage, row.EmailFault?.Name, NpgsqlDbType.Text, cancellationToken);
    }

    public Task<NpgsqlBinaryImporter> BeginMerchantsAsync(CancellationToken cancellationToken) => ImportAsync(
        "copy stage_merchant (position, record_key, merchant_name, category, check_name, reason, sealed, content_hash) from stdin (format binary)",
        cancellationToken);

    public static async Task WriteAsync(NpgsqlBinaryImporter stage, long position, StagedMerchant row, CancellationToken cancellationToken)
    {
        await stage.StartRowAsync(cancellationToken);
        await stage.WriteAsync(position, NpgsqlDbType.Bigint, cancellationToken);
        await stage.WriteAsync(row.RecordKey, NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, row.Name, NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, row.Category, NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, row.Fault is null ? null : "merchant_document", NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, row.Fault, NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, row.Sealed, NpgsqlDbType.Bytea, cancellationToken);
        await stage.WriteAsync(row.ContentHash, NpgsqlDbType.Bytea, cancellationToken);
    }

    /// <summary>Dimension versions that came to be: members seen for the first time, and changed ones.</summary>
    public async Task<(long Customers, long Merchants)> MergeDimensionsAsync(CancellationToken cancellationToken)
    {
        await BatchSql.ExecuteAsync(connection, "prepare_merge", pass, cancellationToken);
        var customers = await MergeCustomersAsync(rehash: false, cancellationToken);
        await using (var restrict = BatchSql.CommandOf(connection, Warehouse.Sql.Read("Privacy/Sql/restrict_customers.sql"), pass))
        {
            restrict.Parameters.Add(new("privacy_policy", pass.Privacy.Policy.Code));
            await restrict.ExecuteNonQueryAsync(cancellationToken);
        }

        var merchants = await ScalarAsync("merge_merchants", cancellationToken);
        return (customers, merchants);
    }

    /// <summary>For the rotation: what is staged, customers of a batch, takes on the current key.</summary>
    public async Task RehashCustomersAsync(CancellationToken cancellationToken)
    {
        await BatchSql.ExecuteAsync(connection, "prepare_merge", pass, cancellationToken);
        await MergeCustomersAsync(rehash: true, cancellationToken);
    }

    private async Task<long> MergeCustomersAsync(bool rehash, CancellationToken cancellationToken)
    {
        await using var command = BatchSql.Command(connection, "merge_customers", pass);
        command.Parameters.Add(new("privacy_policy", pass.Privacy.Policy.Code));
        command.Parameters.Add(new("former_key_version", pass.Privacy.Former?.Version ?? 0));
        command.Parameters.Add(new("rehash", rehash));
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<long> ScalarAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = BatchSql.Command(connection, name, pass);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<NpgsqlBinaryImporter> ImportAsync(string copy, CancellationToken cancellationToken)
    {
        var stage = await connection.BeginBinaryImportAsync(copy, cancellationToken);
        stage.Timeout = TimeSpan.FromSeconds(BatchSql.TimeoutSeconds);
        return stage;
    }

    private static async ValueTask WriteAsync<T>(NpgsqlBinaryImporter stage, T? value, NpgsqlDbType type, CancellationToken cancellationToken)
    {
        if (value is null)
            await stage.WriteNullAsync(cancellationToken);
        else
            await stage.WriteAsync(value, type, cancellationToken);
    }
}
