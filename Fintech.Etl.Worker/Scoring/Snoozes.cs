using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Scoring;

/// <param name="Rule">Its title; null for all rules.</param>
internal readonly record struct Snooze(long SnoozeId, long CustomerId, string? Rule, DateTime Until, DateTime CreatedAt);

/// <summary>
/// Customers of whom a rule, or every rule, keeps quiet until a date. A snooze is about transactions received since it was written
/// that occurred before its end, so a back-test of old ones gives what was alerted then.
/// </summary>
internal sealed class Snoozes
{
    public static readonly Snoozes None = new([], 0);

    private readonly Dictionary<long, List<Snooze>> byCustomer = [];

    private Snoozes(IEnumerable<Snooze> snoozes, long newest)
    {
        Newest = newest;
        foreach (var snooze in snoozes.OrderByDescending(snooze => snooze.SnoozeId))
            (byCustomer.TryGetValue(snooze.CustomerId, out var mine) ? mine : byCustomer[snooze.CustomerId] = []).Add(snooze);
    }

    /// <summary>What was read up to, to see whether there are more; erasures change rows in place, which counts as well.</summary>
    public long Newest { get; }

    public static Snoozes Of(params Snooze[] snoozes) => new(snoozes, snoozes.Max(snooze => snooze.SnoozeId));

    public static async Task<Snoozes> LoadAsync(NpgsqlDataSource warehouse, CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand("select snooze_id, customer_id, rule, until, created_at from etl.rule_snooze");
        command.CommandTimeout = WriterPatience.Seconds;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var snoozes = new List<Snooze>();
        while (await reader.ReadAsync(cancellationToken))
            snoozes.Add(new(reader.GetInt64(0), reader.GetInt64(1), await reader.IsDBNullAsync(2, cancellationToken) ? null : reader.GetString(2), reader.GetDateTime(3), reader.GetDateTime(4)));
        return snoozes.Count == 0 ? None : new(snoozes, snoozes.Max(snooze => snooze.SnoozeId));
    }

    /// <summary>The newest row that was there when the transaction was received decides; one of the rule before one of all rules.</summary>
    public bool Silence(string rule, in ScoringInput input)
    {
        if (!byCustomer.TryGetValue(input.CustomerId, out var mine))
            return false;
        Snooze? general = null;
        foreach (var snooze in mine)    // From the newest.
        {
            if (snooze.CreatedAt > input.ReceivedAt)
                continue;
            if (snooze.Rule == rule)
                return input.OccurredAt < snooze.Until;
            if (snooze.Rule is null)
                general ??= snooze;
        }

        return general is { } all && input.OccurredAt < all.Until;
    }
}
