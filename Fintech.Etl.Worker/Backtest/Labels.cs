using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Backtest;

/// <summary>Which transactions were fraud and which were not, as far as anybody said so.</summary>
internal sealed class Labels
{
    private readonly Dictionary<string, bool> fraud = new(StringComparer.Ordinal);

    public int Count => fraud.Count;

    public bool? Of(string transactionId) => fraud.TryGetValue(transactionId, out var label) ? label : null;

    public static async Task<Labels> LoadAsync(NpgsqlDataSource warehouse, string? file, CancellationToken cancellationToken)
    {
        var labels = new Labels();
        await using var command = warehouse.CreateCommand(Sql.Read("Backtest/Sql/dispositions.sql"));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            labels.fraud[reader.GetString(0)] = reader.GetBoolean(1);
        if (file is not null)
            await labels.ReadAsync(file, cancellationToken);
        return labels;
    }

    /// <summary>
    /// What the file says wins over dispositions.
    /// <code>
    /// transaction_id,label
    /// 1042,1
    /// 1043,0
    /// </code>
    /// </summary>
    /// <exception cref="InvalidDataException">A line is something else; the message names it.</exception>
    private async Task ReadAsync(string file, CancellationToken cancellationToken)
    {
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(file, cancellationToken))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line) || (number == 1 && line.StartsWith("transaction_id", StringComparison.OrdinalIgnoreCase)))
                continue;
            var comma = line.LastIndexOf(',');
            fraud[comma > 0 ? line[..comma].Trim().Trim('"') : ""] = (comma > 0 ? line[(comma + 1)..].Trim().Trim('"').ToLowerInvariant() : "") switch
            {
                "1" or "true" or "fraud" => true,
                "0" or "false" or "legitimate" => false,
                _ => throw new InvalidDataException($"Line {number} of {file} is not 'transaction_id,label' with label 1 or 0."),
            };
        }
    }
}
