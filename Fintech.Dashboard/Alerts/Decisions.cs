using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.Alerts;

/// <summary>
/// Decisions on alerts: appended to <c>dw.alert_disposition</c>, each after the one its author had seen. The unique key there decides who was
/// first; what is looked at here only says why somebody was not, or that it was this very decision: one that is sent again, because its answer
/// was lost, is made once and answered as the first time.
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
        var appended = done.Select(change => new AlertKey(change.Id, change.Source)).ToHashSet();
        var left = asked.Where(alert => !appended.Contains(new(alert.Id, alert.Source))).ToList();
        var standing = await StandingAsync(left, cancellationToken);
        var refused = new List<Refusal>();
        foreach (var alert in left)
        {
            var now = standing.GetValueOrDefault(new(alert.Id, alert.Source));
            if (now is { DispositionId: { } id, ChangedAt: { } at } && now.Is(alert.After, request.Status, Trimmed(request.Comment), actor))
                done.Add(new(alert.Id, alert.Source, id, now.Status, actor, at));
            else
                refused.Add(TriageWords.Refuse(alert, now, request.Status, actor, time.GetUtcNow()));
        }

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
        if (done.Count > 0)
            return new DecisionResult(done, [], $"It is {TriageWords.StateName(done[0].Status)} again.");

        var asked = new SeenAlert(request.Id, request.Source, request.After);
        var standing = await StandingAsync([asked], cancellationToken);
        var refused = TriageWords.Refuse(asked, standing.GetValueOrDefault(new(asked.Id, asked.Source)), null, actor, time.GetUtcNow());
        return new DecisionResult(done, [refused], refused.Sentence);
    }

    private static string? Trimmed(string? comment) => string.IsNullOrWhiteSpace(comment) ? null : comment.Trim();

    private static NpgsqlParameter Comment(string? comment) =>
        new() { Value = (object?)Trimmed(comment) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

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

    private async Task<Dictionary<AlertKey, Standing>> StandingAsync(List<SeenAlert> asked, CancellationToken cancellationToken)
    {
        var standing = new Dictionary<AlertKey, Standing>();
        if (asked.Count == 0)
            return standing;

        await using var command = warehouse.CreateCommand(Sql.Read("Alerts/standing.sql"));
        command.Parameters.Add(new() { Value = asked.Select(alert => alert.Id).ToArray() });
        command.Parameters.Add(new() { Value = asked.Select(alert => alert.Source).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            standing[new(reader.GetString(0), reader.GetString(1))] = new(
                reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetInt64(3), AlertReader.Text(reader, 4),
                reader.IsDBNull(5) ? null : AlertReader.Time(reader, 5), reader.GetBoolean(6),
                reader.IsDBNull(7) ? null : new AlertClaim(reader.GetString(7), reader.GetGuid(8), AlertReader.Time(reader, 9), AlertReader.Time(reader, 10)),
                reader.IsDBNull(11) ? null : reader.GetInt64(11), AlertReader.Text(reader, 12));
        }

        return standing;
    }
}

/// <summary>How an alert stands.</summary>
/// <param name="Undone">The newest disposition took another one back.</param>
/// <param name="After">Which disposition the newest one follows.</param>
internal sealed record Standing(
    string Status, long? DispositionId, string? Actor, DateTimeOffset? ChangedAt, bool Undone, AlertClaim? Claim, long? After, string? Comment)
{
    /// <summary>Whether the newest disposition is this decision.</summary>
    public bool Is(long? after, string status, string? comment, string actor) =>
        !Undone && DispositionId is not null && (After, Status, Comment, Actor) == (after, status, comment, actor);
}
