using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Quarantine;

/// <summary>A row of the quarantine as it may be shown: what is sealed is only known by its size.</summary>
internal sealed record RejectedRow(
    long Id, long RunId, string Origin, string SourceSystem, string RecordKey, string Check, string Reason, decimal? Amount, string Status,
    DateTime RejectedAt, string? Payload, string? FixedPayload, DateTime? FixedAt, int? SealedBytes, DateTime? DecidedAt, long? ReplayRunId)
{
    public const string Open = "open";

    /// <summary>What a replay would take.</summary>
    public string? Content => FixedPayload ?? Payload;

    /// <summary>Streams are called <c>transactions:3</c>; their rows are events, in the shape of the wire.</summary>
    public bool IsEvent => Origin.StartsWith("transactions:", StringComparison.Ordinal);

    public bool IsMerchant => Origin == "merchants";

    public static RejectedRow Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6),
        row.IsDBNull(7) ? null : row.GetDecimal(7), row.GetString(8), row.GetDateTime(9), Text(row, 10), Text(row, 11),
        row.IsDBNull(12) ? null : row.GetDateTime(12), row.IsDBNull(13) ? null : row.GetInt32(13),
        row.IsDBNull(14) ? null : row.GetDateTime(14), row.IsDBNull(15) ? null : row.GetInt64(15));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}

/// <summary>Which rows; what is null lets all pass.</summary>
/// <param name="Reason">Part of the sentence, in any case of letters.</param>
internal sealed record RejectedFilter(
    string? Status = null, string? Check = null, string? Reason = null, string? Origin = null, IReadOnlyList<long>? Ids = null)
{
    public void AddTo(NpgsqlParameterCollection parameters)
    {
        parameters.Add(Text("status", Status));
        parameters.Add(Text("check", Check));
        parameters.Add(Text("reason", Reason));
        parameters.Add(Text("origin", Origin));
        parameters.Add(new NpgsqlParameter("ids", NpgsqlDbType.Array | NpgsqlDbType.Bigint) { Value = Ids is null ? DBNull.Value : Ids.ToArray() });
    }

    private static NpgsqlParameter Text(string name, string? value) => new(name, NpgsqlDbType.Text) { Value = (object?)value ?? DBNull.Value };
}
