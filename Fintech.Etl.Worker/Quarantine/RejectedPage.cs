using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Batch;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;

namespace Fintech.Etl.Worker.Quarantine;

/// <summary>Rejected rows as lines on a terminal. What came from outside is shown without its control characters.</summary>
internal static class RejectedPage
{
    /// <summary>Not for a web page: a plus sign stays one.</summary>
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void List(TextWriter output, IReadOnlyList<RejectedRow> rows, long left, string status)
    {
        var kind = status == "all" ? "" : $"{status} ";
        if (rows.Count == 0)
        {
            output.WriteLine($"No {kind}rows.");
            return;
        }

        var keys = Width(rows, "KEY", row => row.RecordKey);
        var origins = Width(rows, "ORIGIN", row => row.Origin);
        var checks = Width(rows, "CHECK", row => row.Check);
        output.WriteLine($"{"ID",8}  {"ORIGIN".PadRight(origins)}  {"KEY".PadRight(keys)}  {"CHECK".PadRight(checks)}  {"AMOUNT",16}  {"STATUS",-9}  REASON");
        foreach (var row in rows)
        {
            output.WriteLine(
                $"{Number(row.Id),8}  {Clean(row.Origin).PadRight(origins)}  {Clean(row.RecordKey).PadRight(keys)}  {Clean(row.Check).PadRight(checks)}  {Money(row.Amount),16}  {State(row),-9}  {Clean(row.Reason)}");
        }

        output.WriteLine(left > 0 ? $"{rows.Count} {kind}rows, and {left:N0} more: see --limit." : $"{rows.Count} {kind}{(rows.Count == 1 ? "row" : "rows")}.");
    }

    /// <param name="plain">What was sealed, where somebody asked for it.</param>
    public static void Show(TextWriter output, RejectedRow row, byte[]? plain)
    {
        Line("Row", $"{Number(row.Id)}, {row.Status}{(row.ReplayRunId is { } run ? $" by run {Number(run)}" : "")}{(row.DecidedAt is { } at ? $" at {Moment(at)}" : "")}");
        Line("Rejected", $"{Moment(row.RejectedAt)} by run {Number(row.RunId)}");
        Line("Origin", $"{row.Origin}, source system {row.SourceSystem}");
        Line("Key", row.RecordKey);
        Line("Check", row.Check);
        Line("Reason", row.Reason);
        Line("Amount", row.Amount is null ? "none" : Money(row.Amount));
        if (row.Payload is { } payload)
            Line("Payload", payload);
        if (row.SealedBytes is { } bytes)
            Line("Sealed", plain is null ? $"{Number(bytes)} bytes, encrypted; --unseal shows them, which the audit records" : Text(row, plain));
        if (row.FixedPayload is { } fixedPayload)
            Line("Fixed", $"{fixedPayload} at {Moment(row.FixedAt!.Value)}");

        void Line(string name, string text) => output.WriteLine($"{name,-10} {Clean(text)}");
    }

    public static void Fixed(TextWriter output, RejectedRow row, JsonObject changes)
    {
        foreach (var (field, change) in changes)
        {
            output.WriteLine(Clean(field == "event"
                ? $"Row {Number(row.Id)}: event {Json(change)}"
                : $"Row {Number(row.Id)}: {field} {Json(change!["old"])} -> {Json(change["new"])}"));
        }

        output.WriteLine($"Replay it with: rejected replay {Number(row.Id)}");
    }

    public static void Replayed(TextWriter output, ReplayBatch batch, PassReport report)
    {
        var totals = report.Totals;
        output.WriteLine($"Run {report.RunId}: {batch.SourceSystem}, {batch.Currency}: taken {totals.Read} = loaded {totals.Loaded} + quarantined again {totals.Quarantined} + already known {totals.Known}");
    }

    public static string Rows(int count) => count == 1 ? "1 row" : $"{count.ToString("N0", CultureInfo.InvariantCulture)} rows";

    private static string State(RejectedRow row) => row is { Status: RejectedRow.Open, FixedPayload: not null } ? "fixed" : row.Status;

    /// <summary>A merchant's document, or what a stream delivered: text, most likely.</summary>
    private static string Text(RejectedRow row, byte[] plain) => row.IsMerchant
        ? BsonSerializer.Deserialize<RawBsonDocument>(plain).ToJson()
        : Encoding.UTF8.GetString(plain);

    private static string Json(JsonNode? value) => value?.ToJsonString(Readable) ?? "null";

    private static int Width(IReadOnlyList<RejectedRow> rows, string title, Func<RejectedRow, string> column) =>
        Math.Max(title.Length, rows.Max(row => Clean(column(row)).Length));

    /// <summary>A terminal obeys control characters, and these rows are what somebody sent.</summary>
    private static string Clean(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString())) : text;

    private static string Money(decimal? amount) => amount?.ToString("N2", CultureInfo.InvariantCulture) ?? "";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Moment(DateTime moment) => moment.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
