using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;

namespace Fintech.Dashboard.Live.Warehouse;

/// <summary>What the ETL wrote down about itself, and its newest alerts.</summary>
internal sealed record Books(
    IReadOnlyList<Checkpoint> Checkpoints,
    BatchState? Batch,
    long ChangedByBatchRun,
    decimal? Threshold,
    IReadOnlyList<AlertItem> Alerts,
    IReadOnlyList<AlertPoint> AlertPoints,
    LossState? Loss = null,
    DriftState? Drift = null,
    TimeSpan? CommitAge = null,
    int? Owners = null,
    bool Durable = true)
{
    private const string CheckpointsSql = "select stream, last_entry, entries_read, updated_at, clock_timestamp() - updated_at from etl.stream_checkpoint";

    // What drifted may be an hour old by the time somebody looks; the next look of the worker, a sample as well, may find nothing.
    private const string DriftSql =
        """
        select check_name, drift_at, drift_total, sample
        from etl.live_audit
        where drift_at > clock_timestamp() - interval '24 hours'
        order by drift_at desc
        limit 1
        """;

    private const string ThresholdSql =
        """
        select (rule ->> 'threshold')::numeric
        from (select rules from etl.rule_set order by version desc limit 1) newest, jsonb_array_elements(newest.rules) rule
        where rule ->> 'rule' = 'high-value' and coalesce((rule ->> 'enabled')::boolean, true)
        limit 1
        """;

    private const string LossSql =
        """
        select max(noticed_at), count(distinct stream), sum(missing)::bigint
        from etl.stream_loss
        where noticed_at > clock_timestamp() - interval '24 hours'
        having count(*) > 0
        """;

    // A worker asks twice a minute; what none has asked for long is not known.
    private const string DurableSql = "select append_only from etl.redis_durability where checked_at > clock_timestamp() - interval '5 minutes'";

    public static readonly Books Empty = new([], null, 0, null, [], []);

    public DateTimeOffset? LastCommitAt =>
        Checkpoints.Where(checkpoint => checkpoint.EntriesRead > 0).Select(checkpoint => (DateTimeOffset?)checkpoint.UpdatedAt).Max();

    /// <param name="alertsSince">Read alert points committed since then…</param>
    /// <param name="alertPoints">…at most that many, the newest.</param>
    public static async Task<Books> ReadAsync(
        NpgsqlConnection connection, DateTimeOffset alertsSince, int alertPoints, CancellationToken cancellationToken)
    {
        var checkpoints = new List<Checkpoint>();
        BatchState? batch = null;
        var changedByBatchRun = 0L;
        decimal? threshold = null;
        var alerts = new List<AlertItem>();
        var points = new List<AlertPoint>();
        LossState? loss = null;
        DriftState? drift = null;
        TimeSpan? commitAge = null;
        var owners = 0;
        var durable = true;

        var queries = new QueryBatch(connection);
        queries.Add(CheckpointsSql, row =>
        {
            var checkpoint = new Checkpoint(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetFieldValue<DateTimeOffset>(3));
            checkpoints.Add(checkpoint);
            var age = row.GetTimeSpan(4);
            if (checkpoint.EntriesRead > 0 && (commitAge is null || age < commitAge))
                commitAge = age;
        });
        queries.Add(DriftSql, row => drift = new DriftState(
            row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.GetInt64(2), row.GetFieldValue<string[]>(3)));
        queries.Add(Sql.Read("Live/Warehouse/stream_owners.sql"), row => owners = row.GetInt32(0));
        queries.Add(Sql.Read("Live/Warehouse/newest_batch_run.sql"), row =>
        {
            batch = new BatchState(
                RunId: row.GetInt64(0),
                Status: row.GetString(1),
                StartedAt: row.GetFieldValue<DateTimeOffset>(2),
                FinishedAt: row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3),
                RowsLoaded: row.GetInt64(4),
                AmountLoaded: row.GetDecimal(5),
                RowsQuarantined: row.GetInt64(6),
                Reconciled: row.GetBoolean(8),
                RowsRead: row.GetInt64(7),
                RowsExpected: row.IsDBNull(10) ? null : row.GetInt64(10));
            changedByBatchRun = row.GetInt64(9);
        });
        queries.Add(ThresholdSql, row => threshold = row.IsDBNull(0) ? null : row.GetDecimal(0));
        queries.Add(LossSql, row => loss = new LossState(row.GetFieldValue<DateTimeOffset>(0), row.GetInt64(1), row.GetInt64(2)));
        queries.Add(DurableSql, row => durable = row.GetBoolean(0));
        queries.Add(Sql.Read("Live/Warehouse/newest_alerts.sql"), row => alerts.Add(Alert(row)));
        queries.Add(Sql.Read("Live/Warehouse/alert_points.sql"), row => points.Add(Point(row)), alertsSince.UtcDateTime, alertPoints);
        await queries.RunAsync(cancellationToken);

        points.Reverse();
        return new Books(checkpoints, batch, changedByBatchRun, threshold, alerts, points, loss, drift, commitAge, owners, durable);
    }

    private static AlertPoint Point(NpgsqlDataReader row) => new(
        Key: (row.GetString(0), row.GetString(1)),
        CommittedAt: row.GetFieldValue<DateTimeOffset>(2),
        Point: new AmountPoint(
            Id: row.GetString(0),
            At: row.GetFieldValue<DateTimeOffset>(3),
            Amount: row.GetDecimal(4),
            Currency: row.GetString(5),
            Category: row.GetString(6),
            Alert: true,
            Merchant: row.GetString(7),
            CustomerId: row.GetInt64(8)));

    public static AlertItem Alert(NpgsqlDataReader row) => new(
        Id: row.GetString(0),
        OccurredAt: row.GetFieldValue<DateTimeOffset>(1),
        CommittedAt: row.GetFieldValue<DateTimeOffset>(2),
        Amount: row.GetDecimal(3),
        Currency: row.GetString(4),
        Merchant: row.GetString(5),
        Category: row.GetString(6),
        CustomerId: row.GetInt64(7),
        Severity: row.GetString(8),
        Score: row.GetInt32(9),
        RuleSetVersion: row.GetInt32(10),
        Hits: JsonSerializer.Deserialize(row.GetString(11), BooksJson.Default.RuleHitArray) ?? [],
        TraceId: row.IsDBNull(12) ? null : row.GetString(12),
        SourceSystem: row.GetString(13));
}

/// <param name="LastEntry">For example <c>1767225600000-0</c>.</param>
internal sealed record Checkpoint(string Stream, string LastEntry, long EntriesRead, DateTimeOffset UpdatedAt);

/// <param name="Key">Transaction id and source system: an id alone is not unique.</param>
internal sealed record AlertPoint((string TransactionId, string SourceSystem) Key, DateTimeOffset CommittedAt, AmountPoint Point);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RuleHit[]))]
internal sealed partial class BooksJson : JsonSerializerContext;
