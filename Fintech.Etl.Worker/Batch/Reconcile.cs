using System.Globalization;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Runs the declared checks on what is merged and not yet committed, and says whether it may be.</summary>
internal static class Reconcile
{
    private const int SampleSize = 5;

    /// <returns>One result per check, passed or not.</returns>
    public static async Task<IReadOnlyList<CheckResult>> RunAsync(
        NpgsqlConnection connection, PassContext pass, PassBooks books, CancellationToken cancellationToken)
    {
        var failing = await FailingKeysAsync(connection, pass, books, cancellationToken);
        return [.. Checks.All.Select(check => check is TotalsCheck ofTotals
            ? Judge(ofTotals, books)
            : new CheckResult(check, failing[check].Count, failing[check].Sample, null))];
    }

    /// <exception cref="BatchException">A blocking check failed.</exception>
    public static void ThrowIfBlocked(IReadOnlyList<CheckResult> results)
    {
        var blocking = results.Where(result => !result.Passed && result.Check.Severity == Severity.Block).ToList();
        if (blocking.Count > 0)
            throw new BatchException(string.Join(' ', blocking.Select(Sentence)));
    }

    public static async Task RecordAsync(
        NpgsqlConnection connection, long runId, IReadOnlyList<CheckResult> results, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var result in results)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                "insert into etl.check_result (run_id, name, severity, passed, failures, sample, detail) values ($1, $2, $3, $4, $5, $6, $7)")
            {
                Parameters =
                {
                    new() { Value = runId },
                    new() { Value = result.Check.Name },
                    new() { Value = Lower(result.Check.Severity) },
                    new() { Value = result.Passed },
                    new() { Value = result.Failures },
                    new() { Value = result.Sample },
                    new() { Value = (object?)result.Detail ?? result.Check.What },
                },
            });
        }

        if (results.Count > 0)
            await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>All in one round trip: an empty pass, the usual one, should cost next to nothing.</summary>
    private static async Task<Dictionary<Check, (long Count, string[] Sample)>> FailingKeysAsync(
        NpgsqlConnection connection, PassContext pass, PassBooks books, CancellationToken cancellationToken)
    {
        var queries = Checks.All.Where(check => check is not TotalsCheck).Select(check => (Check: check, Sql: FailingKeys(check))).ToList();
        var sql = string.Join(";\n", queries.Select(query => string.Create(CultureInfo.InvariantCulture, $"""
            with failing (key) as materialized ({query.Sql})
            select count(*), array(select key from failing order by key limit {SampleSize}) from failing
            """)));
        await using var command = BatchSql.CommandOf(connection, sql, pass);
        command.Parameters.Add(new("rows_read", books.Total.Read.Rows));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var failing = new Dictionary<Check, (long, string[])>();
        foreach (var (check, _) in queries)
        {
            await reader.ReadAsync(cancellationToken);
            failing[check] = (reader.GetInt64(0), await reader.GetFieldValueAsync<string[]>(1, cancellationToken));
            await reader.NextResultAsync(cancellationToken);
        }

        return failing;
    }

    /// <summary>A row that failed a check of its own is counted where it went: in the quarantine.</summary>
    private static string FailingKeys(Check check) => check is SetCheck set
        ? set.FailingKeys
        : $"select record_key from rejected where origin = 'transactions' and check_name = '{check.Name}'";

    private static CheckResult Judge(TotalsCheck check, PassBooks books)
    {
        var faults = books.Pages
            .Select(page => (page.Currency, Fault: check.Faults(page.Totals)))
            .Where(page => page.Fault is not null)
            .Select(page => $"{page.Currency}: {page.Fault}")
            .ToList();
        return new CheckResult(check, faults.Count, [], faults.Count == 0 ? null : string.Join("; ", faults));
    }

    private static string Sentence(CheckResult result) => result.Detail is { } detail
        ? $"The check {result.Check.Name} failed: {detail}."
        : string.Create(CultureInfo.InvariantCulture,
            $"The check {result.Check.Name} failed for {result.Failures:N0} rows, such as {string.Join(", ", result.Sample)}: {result.Check.What}");

    /// <summary>As it is called in <c>etl.check_result</c>.</summary>
    internal static string Lower(Severity severity) => severity switch
    {
        Severity.Block => "block",
        Severity.Quarantine => "quarantine",
        _ => "warn",
    };
}
