using Fintech.Etl.Worker.Batch;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Status;

/// <summary>Reads the books of the warehouse, and asks the source how far ahead it is.</summary>
internal sealed class StatusReader(
    NpgsqlDataSource warehouse, [FromKeyedServices(BatchPass.SourceName)] NpgsqlDataSource source, IOptions<BatchOptions> options, TimeProvider time)
{
    /// <summary>For the source to answer: whoever asks for the state of things waits at a terminal.</summary>
    private static readonly TimeSpan PatienceWithSource = TimeSpan.FromSeconds(10);

    public async Task<StatusReport> ReadAsync(int runs, CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand(Warehouse.Sql.Read("Status/Sql/status.sql"));
        command.Parameters.Add(new("runs", runs));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var runLines = await RowsAsync(Run);
        var lastPass = (await RowsAsync(Run)).SingleOrDefault();
        var watermarks = await RowsAsync(row => new WatermarkLine(
            row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetDateTime(3), row.GetInt64(4), row.IsDBNull(5) ? null : row.GetDateTime(5)));
        var streams = await RowsAsync(row => new StreamLine(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetDateTime(3)));
        var quarantine = await RowsAsync(row => new QuarantineLine(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetDecimal(3), row.GetDateTime(4)));
        var checks = await RowsAsync(row => new CheckLine(
            row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetFieldValue<string[]>(3), row.IsDBNull(4) ? null : row.GetString(4)));
        var last = watermarks.FirstOrDefault(line => line.SourceSystem == options.Value.SourceSystem);
        return new StatusReport(
            time.GetUtcNow().UtcDateTime, runLines, lastPass, watermarks, await AskSourceAsync(last?.LastId, cancellationToken), streams, quarantine, checks);

        static RunLine Run(NpgsqlDataReader row) => new(
            row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetDateTime(4), row.GetDouble(5), row.GetInt64(6),
            row.GetInt64(7), row.GetDecimal(8), row.GetInt64(9), row.GetInt64(10), row.IsDBNull(11) ? null : row.GetString(11));

        async Task<List<T>> RowsAsync<T>(Func<NpgsqlDataReader, T> read)
        {
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(read(reader));
            await reader.NextResultAsync(cancellationToken);
            return rows;
        }
    }

    /// <summary>Away is an answer too: the rest of the state is worth telling all the same.</summary>
    private async Task<SourceLine> AskSourceAsync(long? lastId, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(PatienceWithSource);
        try
        {
            await using var snapshot = await SourceSnapshot.OpenAsync(source, options.Value, deadline.Token);
            var above = snapshot.Select(new BatchRequest { Trigger = "status" }, new Watermark(lastId, []));
            var behind = (await snapshot.CountAsync(above, deadline.Token)).Aggregate(new Tally(), (sum, page) => sum + page.Tally);
            return new SourceLine(behind.Rows, behind.Amount, await snapshot.HighestIdAsync(above, deadline.Token), null);
        }
        catch (Exception e) when (e is NpgsqlException or BatchException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new SourceLine(0, 0, null, e is OperationCanceledException
                ? $"It did not answer within {PatienceWithSource.TotalSeconds:0} s."
                : e is BatchException ? e.Message : BatchException.Harmless(e));
        }
    }
}
