using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Scoring.State;
using Fintech.Etl.Worker.Streaming;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Backtest;

/// <summary>
/// Replays facts through rules and memory as a stream does, with a candidate and the live rule set side by side. It writes nothing.
/// </summary>
internal sealed class Backtester(NpgsqlDataSource warehouse)
{
    private const int TimeoutSeconds = 3600;

    /// <param name="from">First event time that is evaluated; null: all there is.</param>
    /// <param name="to">First event time that is not.</param>
    /// <param name="alerted">Told of each alert of the candidate.</param>
    public async Task<BacktestReport> RunAsync(
        RuleSet candidate, RuleSet live, DateTime? from, DateTime? to, Labels labels, Action<TransactionKey, Alert>? alerted, CancellationToken cancellationToken)
    {
        var report = new BacktestReport(candidate, live);
        var state = new ScoringState();
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql.Read("Backtest/Sql/history.sql"), connection) { CommandTimeout = TimeoutSeconds };
        var (first, end) = (from ?? DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc), to ?? DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc));
        command.Parameters.Add(new() { Value = first, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = end, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var input = FactReader.Input(reader, 2);
            var isSomebody = !reader.IsDBNull(2);    // Transactions without a customer are nobody's habit.
            if (input.OccurredAt >= first && input.OccurredAt < end)
            {
                var key = new TransactionKey(reader.GetString(0), reader.GetString(1));
                var known = isSomebody ? state.Look(input) : default;
                var alert = candidate.Score(input, known, report.Candidate);
                report.Add(input, alert is not null, live.Score(input, known, report.Live) is not null, labels.Of(key.TransactionId));
                if (alert is not null)
                    alerted?.Invoke(key, alert);
            }
            else if (input.OccurredAt < first)
            {
                report.WarmUp++;
            }

            if (isSomebody)
                state.Add(input);
        }

        return report;
    }
}
