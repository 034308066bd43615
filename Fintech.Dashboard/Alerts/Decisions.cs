using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.Alerts;

/// <summary>
/// Decisions on alerts: appended to <c>dw.alert_disposition</c>, each after the one its author had seen. The unique key there decides who was
/// first; what is looked at here only says why somebody was not.
/// </summary>
internal sealed class Decisions(NpgsqlDataSource warehouse, TimeProvider time)
{
    public const int Most = 500;
    public const int LongestComment = 2_000;

    /// <summary>Which states an alert may come from, per state it may be brought to. Back leads only <see cref="UndoAsync"/>.</summary>
    private static readonly Dictionary<string, string[]> From = new(StringComparer.Ordinal)
    {
        ["acknowledged"] = ["open"],
        ["confirmed_fraud"] = ["open", "acknowledged"],
        ["false_positive"] = ["open", "acknowledged"],
    };

    /// <returns>Null where the request can be carried out; else what is wrong with it.</returns>
    public static string? Fault(DecisionRequest request)
    {
        if (!From.ContainsKey(request.Status))
            return $"An alert cannot be marked '{request.Status}'. It can be marked {string.Join(", ", From.Keys)}.";
        if (request.Alerts.Count is 0 or > Most)
            return $"Between 1 and {Most} alerts are marked at once.";
        return CommentFault(request.Comment);
    }

    public static string? CommentFault(string? comment) =>
        comment?.Length > LongestComment ? $"A comment has at most {LongestComment} characters." : null;

    /// <summary>Each alert for itself.</summary>
    public async Task<DecisionResult> DecideAsync(DecisionRequest request, string actor, CancellationToken cancellationToken)
    {
        // The same alert twice in one request would be its own rival.
        var asked = request.Alerts.DistinctBy(alert => new AlertKey(alert.Id, alert.Source)).ToList();
        var after = new NpgsqlParameter { Value = asked.Select(alert => alert.After).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };
        await using var insert = new NpgsqlCommand(Sql.Read("Alerts/decide.sql"))
        {
            Parameters =
            {
                new() { Value = asked.Select(alert => alert.Id).ToArray() },
                new() { Value = asked.Select(alert => alert.Source).ToArray() },
                after,
                new() { Value = request.Status },
                Comment(request.Comment),
                new() { Value = actor },
                new() { Value = From[request.Status] },
            },
        };
        var done = await AppendAsync(insert, cancellationToken);
        var refused = await WhyNotAsync(asked.Where(alert => !done.Any(change => (change.Id, change.Source) == (alert.Id, alert.Source))), actor, request.Status, cancellationToken);
        return new DecisionResult(done, refused, TriageWords.Summary(done.Count, refused));
    }

    /// <summary>Takes back the newest decision that stands.</summary>
    public async Task<DecisionResult> UndoAsync(UndoRequest request, string actor, CancellationToken cancellationToken)
    {
        await using var insert = new NpgsqlCommand(Sql.Read("Alerts/undo.sql"))
        {
            Parameters =
            {
                new() { Value = request.Id },
                new() { Value = request.Source },
                new() { Value = (object?)request.After ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
                Comment(request.Comment),
                new() { Value = actor },
            },
        };
        var done = await AppendAsync(insert, cancellationToken);
        var refused = done.Count > 0 ? [] : await WhyNotAsync([new(request.Id, request.Source, request.After)], actor, null, cancellationToken);
        return new DecisionResult(done, refused, done.Count > 0 ? $"It is {TriageWords.StateName(done[0].Status)} again." : refused[0].Sentence);
    }

    private static NpgsqlParameter Comment(string? comment) =>
        new() { Value = string.IsNullOrWhiteSpace(comment) ? DBNull.Value : comment.Trim(), NpgsqlDbType = NpgsqlDbType.Text };

    private async Task<List<StateChange>> AppendAsync(NpgsqlCommand insert, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginWriteAsync(cancellationToken);

        (insert.Connection, insert.Transaction) = (connection, transaction);
        var done = new List<StateChange>();
        await using (var reader = await insert.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                done.Add(new(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3), reader.GetString(4), AlertReader.Time(reader, 5)));
        }

        await transaction.CommitAsync(cancellationToken);
        return done;
    }

    /// <param name="wanted">Null: a decision was to be taken back.</param>
    private async Task<IReadOnlyList<Refusal>> WhyNotAsync(IEnumerable<SeenAlert> alerts, string actor, string? wanted, CancellationToken cancellationToken)
    {
        var asked = alerts.ToList();
        if (asked.Count == 0)
            return [];

        var standing = new Dictionary<AlertKey, Standing>();
        await using var command = warehouse.CreateCommand(Sql.Read("Alerts/standing.sql"));
        command.Parameters.Add(new() { Value = asked.Select(alert => alert.Id).ToArray() });
        command.Parameters.Add(new() { Value = asked.Select(alert => alert.Source).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            standing[new(reader.GetString(0), reader.GetString(1))] = new(
                reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetInt64(3), AlertReader.Text(reader, 4),
                reader.IsDBNull(5) ? null : AlertReader.Time(reader, 5), reader.GetBoolean(6),
                reader.IsDBNull(7) ? null : new AlertClaim(reader.GetString(7), reader.GetGuid(8), AlertReader.Time(reader, 9), AlertReader.Time(reader, 10)));
        }

        var now = time.GetUtcNow();
        return [.. asked.Select(alert => TriageWords.Refuse(alert, standing.GetValueOrDefault(new(alert.Id, alert.Source)), wanted, actor, now))];
    }
}

/// <summary>How an alert stands.</summary>
/// <param name="Undone">The newest disposition took another one back.</param>
internal sealed record Standing(string Status, long? DispositionId, string? Actor, DateTimeOffset? ChangedAt, bool Undone, AlertClaim? Claim);
