using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// The row of a pass in <c>etl.run</c>. It is opened before anything else and closed as failed outside the data's transaction,
/// so that a failure is on record; it is closed as succeeded inside, so that success never is without its data.
/// </summary>
internal static class RunBook
{
    /// <summary>Only the holder of the pass lock comes here: what is still marked running belongs to a process that is gone.</summary>
    public static async Task<long> OpenAsync(
        NpgsqlConnection connection, BatchRequest request, BatchOptions options, int piiKeyVersion, DateTime startedAt, CancellationToken cancellationToken)
    {
        await using var open = new NpgsqlCommand("""
            update etl.run set status = 'failed', finished_at = clock_timestamp(), error = 'The process ended before its run did.'
            where kind in ('batch', 'dry-run') and status = 'running';
            insert into etl.run (kind, trigger, host, settings, started_at, source_system, backend)
            values (@kind, @trigger, @host, @settings, @started_at, @source_system, pg_backend_pid())
            returning run_id
            """, connection)
        {
            Parameters =
            {
                new("kind", request.Kind),
                new("trigger", request.Trigger),
                new("host", $"{Environment.MachineName}, process {Environment.ProcessId}"),
                new("settings", NpgsqlDbType.Jsonb) { Value = JsonSerializer.Serialize(RunSettings.Of(request, options, piiKeyVersion), RunJson.Default.RunSettings) },
                new("started_at", startedAt),
                new("source_system", options.SourceSystem),
            },
        };
        return (long)(await open.ExecuteScalarAsync(cancellationToken))!;
    }

    public static Task SucceedAsync(NpgsqlConnection connection, PassReport report, CancellationToken cancellationToken) =>
        CloseAsync(connection, report, report.Totals, error: null, cancellationToken);

    /// <summary>Nothing was loaded; what was read and found until then is kept for whoever looks for the cause.</summary>
    public static Task FailAsync(NpgsqlConnection connection, PassReport report, string error, CancellationToken cancellationToken) =>
        CloseAsync(connection, report, new PassTotals { Read = report.Totals.Read }, error, cancellationToken);

    private static async Task CloseAsync(
        NpgsqlConnection connection, PassReport report, PassTotals totals, string? error, CancellationToken cancellationToken)
    {
        // Only from running: where the answer to the commit was lost, the run may have succeeded after all.
        await using var close = new NpgsqlCommand("""
            update etl.run
            set status = @status, finished_at = clock_timestamp(), error = @error, stages = @stages,
                rows_read = @rows_read, amount_read = @amount_read, rows_loaded = @rows_loaded, amount_loaded = @amount_loaded,
                rows_quarantined = @rows_quarantined, amount_quarantined = @amount_quarantined,
                rows_known = @rows_known, amount_known = @amount_known
            where run_id = @run_id and status = 'running'
            """, connection)
        {
            Parameters =
            {
                new("status", error is null ? "succeeded" : "failed"),
                new("error", NpgsqlDbType.Text) { Value = (object?)error ?? DBNull.Value },
                new("stages", NpgsqlDbType.Jsonb) { Value = JsonSerializer.Serialize(report.Stages, RunJson.Default.ListStageLine) },
                new("rows_read", totals.Read.Rows), new("amount_read", totals.Read.Amount),
                new("rows_loaded", totals.Loaded.Rows), new("amount_loaded", totals.Loaded.Amount),
                new("rows_quarantined", totals.Quarantined.Rows), new("amount_quarantined", totals.Quarantined.Amount),
                new("rows_known", totals.Known.Rows), new("amount_known", totals.Known.Amount),
                new("run_id", report.RunId),
            },
        };
        await close.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>What a pass ran with, without anything secret.</summary>
internal sealed record RunSettings
{
    public required string Mode { get; init; }
    public required DateTime? From { get; init; }
    public required DateTime? To { get; init; }
    public required string SourceSystem { get; init; }
    public required string SourceTimeZone { get; init; }
    public required string Currency { get; init; }
    public required decimal MaximumAmount { get; init; }
    public required TimeSpan FreshWithin { get; init; }
    public required int VolumeFactor { get; init; }
    public required int DirectLoadRows { get; init; }
    public required TimeSpan GapRetention { get; init; }
    public required TimeSpan UpdatedAtOverlap { get; init; }
    public required TimeSpan AuditInterval { get; init; }
    public required long AuditBlock { get; init; }

    /// <summary>Paths of somebody's own queries; none where ours were used.</summary>
    public required string? ExtractCustomers { get; init; }

    /// <inheritdoc cref="ExtractCustomers"/>
    public required string? ExtractTransactions { get; init; }
    public required string MerchantCollection { get; init; }
    public required string MerchantNameField { get; init; }
    public required string MerchantCategoryField { get; init; }
    public required int PiiKeyVersion { get; init; }
    public required string PrivacyPolicy { get; init; }

    public static RunSettings Of(BatchRequest request, BatchOptions options, int piiKeyVersion) => new()
    {
        Mode = request.Mode,
        From = request.From,
        To = request.To,
        SourceSystem = options.SourceSystem,
        SourceTimeZone = options.SourceTimeZone,
        Currency = options.Currency,
        MaximumAmount = options.MaximumAmount,
        FreshWithin = options.FreshWithin,
        VolumeFactor = options.VolumeFactor,
        DirectLoadRows = options.DirectLoadRows,
        GapRetention = options.GapRetention,
        UpdatedAtOverlap = options.UpdatedAtOverlap,
        AuditInterval = options.AuditInterval,
        AuditBlock = options.AuditBlock,
        ExtractCustomers = options.Extract.Customers,
        ExtractTransactions = options.Extract.Transactions,
        MerchantCollection = options.Merchants.Collection,
        MerchantNameField = options.Merchants.NameField,
        MerchantCategoryField = options.Merchants.CategoryField,
        PiiKeyVersion = piiKeyVersion,
        PrivacyPolicy = options.Privacy.Policy.Code,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunSettings))]
[JsonSerializable(typeof(List<StageLine>))]
internal sealed partial class RunJson : JsonSerializerContext;
