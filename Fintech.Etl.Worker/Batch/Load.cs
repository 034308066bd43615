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
        "copy stage_customer (customer_id, first_name, last_name_hash, email_hash, signup_date, row_hash) from stdin (format binary)",
        cancellationToken);

    public static async Task WriteAsync(NpgsqlBinaryImporter stage, StagedCustomer row, CancellationToken cancellationToken)
    {
        await stage.StartRowAsync(cancellationToken);
        await stage.WriteAsync((long)row.CustomerId, NpgsqlDbType.Bigint, cancellationToken);
        await WriteAsync(stage, row.FirstName, NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, row.LastNameHash, NpgsqlDbType.Bytea, cancellationToken);
        await WriteAsync(stage, row.EmailHash, NpgsqlDbType.Bytea, cancellationToken);
        await WriteAsync(stage, row.SignupDate, NpgsqlDbType.Date, cancellationToken);
        await stage.WriteAsync(row.RowHash, NpgsqlDbType.Bytea, cancellationToken);
    }

    public Task<NpgsqlBinaryImporter> BeginTransactionsAsync(CancellationToken cancellationToken) => ImportAsync(
        "copy stage_transaction (transaction_id, customer_id, merchant_name, occurred_at, date_key, amount, content_hash, check_name, reason) from stdin (format binary)",
        cancellationToken);

    public static async Task WriteAsync(NpgsqlBinaryImporter stage, StagedTransaction row, CancellationToken cancellationToken)
    {
        await stage.StartRowAsync(cancellationToken);
        await stage.WriteAsync(Id(row.TransactionId), NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, (long?)row.CustomerId, NpgsqlDbType.Bigint, cancellationToken);
        await stage.WriteAsync(row.MerchantName, NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, row.OccurredAt, NpgsqlDbType.TimestampTz, cancellationToken);
        await WriteAsync(stage, DateKey(row.OccurredAt), NpgsqlDbType.Integer, cancellationToken);
        await WriteAsync(stage, row.Amount, NpgsqlDbType.Numeric, cancellationToken);
        await stage.WriteAsync(row.ContentHash, NpgsqlDbType.Bytea, cancellationToken);
        await WriteAsync(stage, row.Failed?.Name, NpgsqlDbType.Text, cancellationToken);
        await WriteAsync(stage, row.Failed?.What, NpgsqlDbType.Text, cancellationToken);
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
        var customers = await ScalarAsync("merge_customers", cancellationToken);
        var merchants = await ScalarAsync("merge_merchants", cancellationToken);
        await BatchSql.ExecuteAsync(connection, "infer_members", pass, cancellationToken);
        return (customers, merchants);
    }

    /// <summary>Facts, quarantine and aggregates; the totals as the warehouse counts them, from the rows it now holds.</summary>
    public async Task<PassTotals> MergeFactsAsync(PassTotals totals, CancellationToken cancellationToken)
    {
        await BatchSql.ExecuteAsync(connection, "merge_facts", pass, cancellationToken);
        await using (var classify = BatchSql.Command(connection, "classify", pass))
        await using (var reader = await classify.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var tally = new Tally(reader.GetInt64(1), reader.GetDecimal(2));
                totals = reader.GetString(0) switch
                {
                    "loaded" => totals with { Loaded = tally },
                    "known" => totals with { Known = tally },
                    "quarantined" => totals with { Quarantined = tally },
                    _ => totals,    // Neither loaded nor found: the books do not balance, which the checks will say.
                };
            }
        }

        await BatchSql.ExecuteAsync(connection, "quarantine", pass, cancellationToken);
        await using var aggregates = BatchSql.Command(connection, "merge_aggregates", pass);
        await using var growth = await aggregates.ExecuteReaderAsync(cancellationToken);
        await growth.ReadAsync(cancellationToken);
        return totals with
        {
            CategoriesGrew = new Tally(growth.GetInt64(0), growth.GetDecimal(1)),
            MinutesGrew = new Tally(growth.GetInt64(2), growth.GetDecimal(3)),
        };
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

    private static string Id(int transactionId) => transactionId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>yyyymmdd of the UTC day.</summary>
    private static int? DateKey(DateTime? utc) => utc is { } day ? day.Year * 10_000 + day.Month * 100 + day.Day : null;
}
