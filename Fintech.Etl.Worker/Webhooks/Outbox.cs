using Fintech.Etl.Worker.Streaming;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Webhooks;

/// <param name="Attempt">How many there were, this one included.</param>
internal sealed record Delivery(long Id, string Key, string Payload, int Attempt);

/// <param name="OldestSeconds">Age of the oldest that waits.</param>
internal sealed record Backlog(string Target, long Pending, double OldestSeconds, long Dead);

/// <summary>The transactional outbox <c>etl.webhook_delivery</c>, by the clock of the database.</summary>
internal sealed class Outbox(NpgsqlDataSource warehouse)
{
    /// <summary>
    /// How long a target is told of alerts after the last worker that is configured with it has gone: a restart, or an update of all of them, is
    /// over by then, and while others go on raising alerts none is left out.
    /// </summary>
    private static readonly TimeSpan GoneAfter = TimeSpan.FromHours(1);

    /// <summary>For the transaction that inserted the alerts of these transactions: does nothing where nobody is to be told.</summary>
    public static NpgsqlBatchCommand Enqueue(IEnumerable<TransactionKey> alerts)
    {
        var keys = alerts.ToList();
        return new(Sql.Read("Webhooks/Sql/enqueue_alerts.sql"))
        {
            Parameters =
            {
                new NpgsqlParameter<string[]> { TypedValue = [.. keys.Select(key => key.TransactionId)] },
                new NpgsqlParameter<string[]> { TypedValue = [.. keys.Select(key => key.SourceSystem)] },
            },
        };
    }

    /// <summary>Names the targets of this worker, and says that it is there for them: to be repeated well within the time after which they are gone.</summary>
    public async Task RegisterAsync(IReadOnlyList<WebhookTargetOptions> targets, CancellationToken cancellationToken)
    {
        await using var register = Command("register_targets",
            targets.Select(target => target.Id!).ToArray(), targets.Select(target => target.MinSeverity).ToArray(), GoneAfter);
        await register.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <param name="lease">Longer than an attempt can take.</param>
    public async Task<List<Delivery>> ClaimAsync(string target, int atMost, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var claim = Command("claim_due", target, atMost, lease);
        await using var reader = await claim.ExecuteReaderAsync(cancellationToken);
        var claimed = new List<Delivery>();
        while (await reader.ReadAsync(cancellationToken))
            claimed.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3)));
        return claimed;
    }

    public async Task DeliveredAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        await using var mark = Command("mark_delivered", delivery.Id);
        await mark.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <returns>Whether it is a dead letter now.</returns>
    public async Task<bool> FailedAsync(
        Delivery delivery, string error, TimeSpan pause, TimeSpan giveUpAfter, bool atOnce, CancellationToken cancellationToken)
    {
        await using var mark = Command("mark_failed", delivery.Id, delivery.Attempt, error, pause, giveUpAfter, atOnce);
        return await mark.ExecuteScalarAsync(cancellationToken) is "dead";
    }

    /// <returns>How many were given up because their target is configured no more, and how many rows were removed.</returns>
    public async Task<(long Orphaned, long Removed)> TidyAsync(WebhookOptions options, CancellationToken cancellationToken)
    {
        await using var tidy = Command("tidy",
            options.GiveUpAfter, options.KeepDelivered, options.KeepDead);
        await using var reader = await tidy.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    public async Task<List<Backlog>> BacklogAsync(CancellationToken cancellationToken)
    {
        await using var ask = Command("backlog");
        await using var reader = await ask.ExecuteReaderAsync(cancellationToken);
        var backlog = new List<Backlog>();
        while (await reader.ReadAsync(cancellationToken))
            backlog.Add(new(reader.GetString(0), reader.GetInt64(1), reader.GetDouble(2), reader.GetInt64(3)));
        return backlog;
    }

    private NpgsqlCommand Command(string name, params object[] parameters)
    {
        var command = warehouse.CreateCommand(Sql.Read($"Webhooks/Sql/{name}.sql"));
        foreach (var value in parameters)
        {
            command.Parameters.Add(value is TimeSpan span
                ? new NpgsqlParameter<TimeSpan> { TypedValue = span, NpgsqlDbType = NpgsqlDbType.Interval }
                : new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
