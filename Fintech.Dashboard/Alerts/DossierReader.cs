using Microsoft.Extensions.Options;
using Npgsql;
using static Fintech.Dashboard.Alerts.AlertReader;

namespace Fintech.Dashboard.Alerts;

/// <summary>Everything about one alert.</summary>
internal sealed class DossierReader(NpgsqlDataSource warehouse, IOptions<TriageOptions> options, TimeProvider time)
{
    private const int MostTransactions = 400;
    private static readonly TimeSpan Before = TimeSpan.FromDays(28);
    private static readonly TimeSpan After = TimeSpan.FromDays(1);

    /// <param name="source">Null where the asker does not know it: then the newest alert of that id.</param>
    public async Task<AlertDossier?> ReadAsync(string id, string? source, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        if (await AlertAsync(connection, id, source, cancellationToken) is not { } alert)
            return null;

        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                OfAlert("select occurred_at, received_at, scored_at, committed_at, shown_at from dw.alert_stages where transaction_id = $1 and source_system = $2"),
                OfAlert(Sql.Read("Alerts/dispositions.sql")),
                OfAlert(Sql.Read("Alerts/deliveries.sql")),
                new(Sql.Read("Alerts/snoozes.sql")) { Parameters = { new NpgsqlParameter<long> { TypedValue = alert.CustomerId } } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var stages = new AlertStages(Time(reader, 0), Time(reader, 1), Time(reader, 2), Time(reader, 3), reader.IsDBNull(4) ? null : Time(reader, 4));

        var dispositions = await NextAsync(row => new Disposition(
            row.GetInt64(0), row.GetString(1), Text(row, 2), row.GetString(3), Time(row, 4), row.IsDBNull(5) ? null : row.GetInt64(5)));
        var deliveries = await NextAsync(row => new Delivery(
            row.GetString(0), row.GetString(1), row.GetInt32(2), Time(row, 3), Time(row, 4), row.IsDBNull(5) ? null : Time(row, 5), Text(row, 6)));
        var snoozes = await NextAsync(Snoozes.Read);
        return new AlertDossier(alert, stages, dispositions, deliveries, snoozes, options.Value.TraceOf(alert.TraceId), time.GetUtcNow());

        NpgsqlBatchCommand OfAlert(string sql) => new(sql) { Parameters = { new() { Value = alert.Id }, new() { Value = alert.Source } } };

        async Task<List<T>> NextAsync<T>(Func<NpgsqlDataReader, T> read)
        {
            await reader.NextResultAsync(cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(read(reader));
            return rows;
        }
    }

    /// <returns>Null where there is no such alert.</returns>
    public async Task<CustomerHistory?> HistoryAsync(string id, string? source, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        if (await AlertAsync(connection, id, source, cancellationToken) is not { } alert)
            return null;

        var (from, to) = (alert.OccurredAt - Before, alert.OccurredAt + After);
        var transactions = new List<CustomerTransaction>();
        await using var command = new NpgsqlCommand(Sql.Read("Alerts/customer_history.sql"), connection)
        {
            Parameters =
            {
                new() { Value = await KeysAsync(connection, alert.CustomerId, cancellationToken) },
                new() { Value = from.UtcDateTime },
                new() { Value = to.UtcDateTime },
                new() { Value = MostTransactions },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            transactions.Add(new(
                reader.GetString(0), reader.GetString(1), Time(reader, 2), reader.GetDecimal(3), reader.GetString(4), reader.GetString(5), reader.GetString(6), reader.GetString(7),
                reader.GetBoolean(8)));
        }

        return new CustomerHistory(
            from, to, transactions, transactions.Count < MostTransactions, Window(TimeSpan.FromHours(1)), Window(TimeSpan.FromDays(1)));

        SpendWindow Window(TimeSpan length)
        {
            var within = transactions.Where(one => one.Type == "purchase" && one.Currency == alert.Currency
                && one.At <= alert.OccurredAt && one.At > alert.OccurredAt - length).ToList();
            return new SpendWindow(within.Count, within.Sum(one => one.Amount), alert.Currency);
        }
    }

    private static async Task<AlertRow?> AlertAsync(NpgsqlConnection connection, string id, string? source, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand { Connection = connection, Parameters = { new() { Value = id } } };
        if (source is not null)
            command.Parameters.Add(new() { Value = source });
        command.CommandText = ListSql(source is null ? "s.transaction_id = $1" : "s.transaction_id = $1 and s.source_system = $2", AlertOrder.Find("newest")!, "1");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Row(reader) : null;
    }

    /// <summary>All versions of the customer; none for a transaction that names nobody.</summary>
    private static async Task<long[]> KeysAsync(NpgsqlConnection connection, long customerId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select coalesce(array_agg(customer_key), '{}') from dw.dim_customer where customer_id = $1", connection)
        {
            Parameters = { new() { Value = customerId } },
        };
        return (long[])(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
