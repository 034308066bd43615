using System.Globalization;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Commands;
using Npgsql;

namespace Fintech.Etl.Worker.Webhooks;

/// <summary><c>webhooks list | retry</c>: what waits and what was given up, and the way back for dead letters.</summary>
internal static class WebhookCommand
{
    private const string Usage = "Usage: webhooks list; webhooks retry ID … | --target NAME | --all.";
    private const int Shown = 50;

    public static async Task<int> ExecuteAsync(string[] words)
    {
        if (words is ["list"])
            return await CommandHost.RunAsync(ListAsync);
        if (words is not ["retry", .. var rest])
            return await CommandHost.SayAsync(ExitCode.Misused, Usage);

        return TryParse(rest, out var ids, out var target, out var fault)
            ? await CommandHost.RunAsync((services, token) => RetryAsync(services.GetRequiredService<NpgsqlDataSource>(), ids, target, AuditTrail.CommandActor, Console.Out, token))
            : await CommandHost.SayAsync(ExitCode.Misused, $"{fault} {Usage}");
    }

    internal static bool TryParse(string[] words, out long[]? ids, out string? target, out string? fault)
    {
        var arguments = Arguments.Parse(words, ["--target"], ["--all"], out fault);
        target = arguments.Value("--target");
        ids = null;
        var numbers = new List<long>();
        foreach (var word in arguments.Positional)
        {
            if (long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                numbers.Add(id);
            else
                fault ??= $"'{word}' is no number of a delivery.";
        }

        if (numbers.Count > 0)
            ids = [.. numbers];
        var ways = (ids is null ? 0 : 1) + (target is null ? 0 : 1) + (arguments.Has("--all") ? 1 : 0);
        fault ??= ways == 1 ? null : "Say which dead letters: by number, by --target, or --all of them.";
        return fault is null;
    }

    private static async Task<int> ListAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var warehouse = services.GetRequiredService<NpgsqlDataSource>();
        foreach (var line in await new Outbox(warehouse).BacklogAsync(cancellationToken))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{line.Target}: {line.Pending:N0} wait, the oldest for {line.OldestSeconds:N0} s; {line.Dead:N0} dead letters"));
        }

        await using var dead = warehouse.CreateCommand("""
            select delivery_id, target, attempts, decided_at, last_error from etl.webhook_delivery where status = 'dead' order by delivery_id desc limit $1
            """);
        dead.Parameters.Add(new() { Value = Shown });
        await using var reader = await dead.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{reader.GetInt64(0),10}  {reader.GetString(1)}  {reader.GetInt32(2)} attempts, given up {reader.GetDateTime(3):yyyy-MM-dd HH:mm:ss} UTC: {reader.GetString(4)}"));
        }

        return ExitCode.Succeeded;
    }

    /// <summary>With a new time until it is given up, and no memory of its failures.</summary>
    internal static async Task<int> RetryAsync(
        NpgsqlDataSource warehouse, long[]? ids, string? target, string actor, TextWriter output, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var retry = new NpgsqlCommand("""
            update etl.webhook_delivery
            set status = 'pending', decided_at = null, attempts = 0, tried_since = clock_timestamp(), next_attempt_at = clock_timestamp()
            where status = 'dead' and (@ids::bigint[] is null or delivery_id = any(@ids)) and (@target::text is null or target = @target)
            """, connection)
        {
            Parameters =
            {
                new("ids", NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Bigint) { Value = (object?)ids ?? DBNull.Value },
                new("target", NpgsqlTypes.NpgsqlDbType.Text) { Value = (object?)target ?? DBNull.Value },
            },
        };
        var rows = await retry.ExecuteNonQueryAsync(cancellationToken);
        await AuditTrail.RecordAsync(connection, actor, "webhooks retry", target ?? "dead letters", new JsonObject { ["rows"] = rows }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await output.WriteLineAsync(rows == 0 ? "There is no such dead letter." : $"{rows:N0} dead letters are tried again.");
        return rows == 0 && ids is not null ? ExitCode.Failed : ExitCode.Succeeded;
    }
}
