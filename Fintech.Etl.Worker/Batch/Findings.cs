using Fintech.Etl.Worker.Batch.Copy;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>What warning checks found row by row, into the temporary table <c>finding</c>.</summary>
internal static class Findings
{
    public static async Task WriteAsync(NpgsqlConnection connection, IReadOnlyCollection<(Check Check, long Key)> findings, CancellationToken cancellationToken)
    {
        if (findings.Count == 0)
            return;
        await using var writer = new CopyWriter(await connection.BeginRawBinaryCopyAsync(
            "copy finding (check_name, record_key) from stdin (format binary)", cancellationToken));
        foreach (var (check, key) in findings)
        {
            writer.Row(2);
            writer.Text(check.Name);
            writer.Text(key);
            await writer.FlushAsync(cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
    }
}
