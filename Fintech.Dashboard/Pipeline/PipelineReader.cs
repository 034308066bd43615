using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.Pipeline;

/// <summary>The books of the ETL as the page shows them: runs, sources, comparisons, losses, deliveries.</summary>
internal sealed class PipelineReader(NpgsqlDataSource warehouse, CommandBook commands, QuarantineReader quarantine, RulesReader rules)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>Shared by all pages that ask: however many there are, the warehouse is asked once a second.</summary>
    private readonly Shared<Overview> overview = new(Fresh);

    private sealed record Books(
        List<Watermark> Watermarks, List<SourceAuditResult> SourceAudits, List<LiveAuditResult> LiveAudits, List<Loss> Losses, List<WebhookTarget> Webhooks);

    public Task<Overview> OverviewAsync(CancellationToken cancellationToken) => overview.GetAsync(ReadOverviewAsync, cancellationToken);

    public async Task<RunPage> RunsAsync(string? kind, string? status, long? before, int limit, CancellationToken cancellationToken)
    {
        var runs = await ReadRunsAsync(kind, status, before, limit, null, cancellationToken);
        return new(runs, runs.Count == limit ? runs[^1].Id : null);
    }

    /// <returns>Null where there is no such run.</returns>
    public async Task<RunDetail?> RunAsync(long id, CancellationToken cancellationToken)
    {
        if (await ReadRunsAsync(null, null, null, 1, id, cancellationToken) is not [var run])
            return null;

        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select host, settings::text, stages::text from etl.run where run_id = $1") { Parameters = { new() { Value = id } } },
                new(Sql.Read("Pipeline/run_checks.sql")) { Parameters = { new() { Value = id } } },
                new("select count(*) from etl.quarantine_row where run_id = $1 and status = 'open'") { Parameters = { new() { Value = id } } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (host, settings) = (reader.GetString(0), Json(reader.GetString(1)));
        var stages = JsonSerializer.Deserialize(reader.GetString(2), StagesJson.Default.ListStageLine) ?? [];
        await reader.NextResultAsync(cancellationToken);
        var checks = await reader.RowsAsync(row => new Check(
            row.GetString(0), row.GetString(1), row.GetBoolean(2), row.GetInt64(3), row.GetFieldValue<string[]>(4), row.Text(5)), cancellationToken);
        var open = await reader.RowsAsync(row => row.GetInt64(0), cancellationToken);
        return new(run, host, settings, [.. stages.Select(line => new Stage(line.Stage, line.What, line.Rows, line.Amount, line.Seconds))], checks, open.Single());
    }

    public static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private async Task<Overview> ReadOverviewAsync(CancellationToken cancellationToken)
    {
        var runs = await ReadRunsAsync(null, null, null, 20, null, cancellationToken);
        var books = await ReadBooksAsync(cancellationToken);
        return new(
            runs.FirstOrDefault(run => run is { Kind: "batch", Status: not "running" }), runs.FirstOrDefault(run => run.Status == "running"),
            books.Watermarks, books.SourceAudits, books.LiveAudits, books.Losses, books.Webhooks,
            await quarantine.GroupsAsync(cancellationToken), await rules.HeadAsync(cancellationToken), (await commands.ListAsync(null, 20, null, cancellationToken)).Commands);
    }

    /// <summary>
    /// In a block of its own, at whose end the reader is disposed of, once: Npgsql hands the same reader out again with its
    /// connection, and to dispose of it a second time would end what somebody else is reading.
    /// </summary>
    private async Task<Books> ReadBooksAsync(CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand(Sql.Read("Pipeline/books.sql"));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var watermarks = await reader.RowsAsync(row => new Watermark(
            row.GetString(0), row.GetString(1), row.GetInt64(2), row.Time(3), row.TimeOrNull(4), row.GetInt64(5), row.TimeOrNull(6), row.GetInt64(7)), cancellationToken);
        var audits = await reader.RowsAsync(row => new SourceAuditResult(
            row.GetString(0), row.Time(1), Sum(row, 2), Sum(row, 4), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetBoolean(9)), cancellationToken);
        var live = await reader.RowsAsync(row => new LiveAuditResult(
            row.GetString(0), row.Time(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.TimeOrNull(6), row.GetFieldValue<string[]>(7)), cancellationToken);
        var losses = await reader.RowsAsync(row => new Loss(
            row.GetInt64(0), row.GetString(1), row.Time(2), row.GetString(3), row.GetString(4), row.GetInt64(5)), cancellationToken);
        var webhooks = await reader.RowsAsync(row => new WebhookTarget(
            row.GetString(0), row.GetString(1), row.GetInt64(2), row.TimeOrNull(3), row.GetInt64(4), row.Text(5), row.GetInt64(6)), cancellationToken);
        return new(watermarks, audits, live, losses, webhooks);
    }

    private async Task<List<Run>> ReadRunsAsync(string? kind, string? status, long? before, int limit, long? id, CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand(Sql.Read("Pipeline/runs.sql"));
        command.Parameters.Add(Rows.Optional(kind));
        command.Parameters.Add(Rows.Optional(status));
        command.Parameters.Add(Rows.Optional(before));
        command.Parameters.Add(new() { Value = (long)limit, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(Rows.Optional(id));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.RowsAsync(row => new Run(
            row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.Text(4), row.Time(5), row.TimeOrNull(6),
            Sum(row, 7), Sum(row, 9), Sum(row, 11), Sum(row, 13), row.Text(15), row.Text(16), row.Text(17), row.GetInt64(18),
            row.IsDBNull(19) ? null : new Progress(row.GetString(19), row.GetInt64(20), row.GetInt64(21))), cancellationToken);
    }

    private static RowsAndAmount Sum(NpgsqlDataReader row, int column) => new(row.GetInt64(column), row.GetDecimal(column + 1));
}
