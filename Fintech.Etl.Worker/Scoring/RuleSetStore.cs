using System.Text.Json;
using Fintech.Etl.Worker.Streaming;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>
/// The newest rule set of <c>etl.rule_set</c>, looked for at most every two seconds: rules change without a restart.
/// A version that cannot be read is passed over, loudly: transactions go on being scored by the one before.
/// </summary>
internal sealed partial class RuleSetStore(
    NpgsqlDataSource warehouse,
    IOptions<RulesOptions> rulesOptions,
    IOptions<StreamOptions> streamOptions,
    TimeProvider clock,
    ILogger<RuleSetStore> logger) : IDisposable
{
    /// <summary>Author of the versions that come from configuration; whoever edits by hand writes another name.</summary>
    public const string ConfigurationAuthor = "configuration";

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim looking = new(1);
    private volatile RuleSet? current;
    private long lastLook;
    private int newestSeen;
    private (long Snooze, long Erasure) snoozesSeen;
    private Snoozes snoozes = Snoozes.None;

    /// <summary>
    /// Appends a version with the configured threshold, unless the newest one says the same already or was written by hand.
    /// </summary>
    public async Task ApplyConfigurationAsync(CancellationToken cancellationToken)
    {
        var configured = Shipped(rulesOptions.Value.HighValueThreshold, streamOptions.Value.Currency);
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Workers that start together append once.
        await using var alone = new NpgsqlCommand("lock table etl.rule_set in share row exclusive mode", connection);
        await alone.ExecuteNonQueryAsync(cancellationToken);
        await using var append = new NpgsqlCommand(
            """
            insert into etl.rule_set (rules, created_by)
            select $1::jsonb, $2
            where not exists (
                select from etl.rule_set newest
                where newest.version = (select max(version) from etl.rule_set)
                  and (newest.created_by <> $2 or newest.rules = $1::jsonb))
            returning version
            """, connection);
        append.Parameters.Add(new() { Value = RuleSet.ToJson(configured) });
        append.Parameters.Add(new() { Value = ConfigurationAuthor });
        var version = await append.ExecuteScalarAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (version is int appended)
            LogAppended(logger, appended, rulesOptions.Value.HighValueThreshold);
    }

    /// <exception cref="InvalidOperationException">No version can be read.</exception>
    public async ValueTask<RuleSet> CurrentAsync(CancellationToken cancellationToken)
    {
        if (current is { } known && clock.GetElapsedTime(Volatile.Read(ref lastLook)) < LookInterval)
            return known;

        await looking.WaitAsync(cancellationToken);
        try
        {
            if (current is null || clock.GetElapsedTime(lastLook) >= LookInterval)
            {
                // What was seen is remembered only when all of it is known: a query that fails in between must not hide a version for good.
                var (newer, newest) = await FindNewerAsync(cancellationToken);
                current = await WithSnoozesAsync(newer ?? current, cancellationToken);
                newestSeen = newest;
                if (newer is not null)
                    LogInForce(logger, newer.Version);
                Volatile.Write(ref lastLook, clock.GetTimestamp());
            }

            return current ?? throw new InvalidOperationException("etl.rule_set holds no version that can be read.");
        }
        finally
        {
            looking.Release();
        }
    }

    /// <summary>
    /// High value alerts. What looks at habits comes in shadow mode: counted from the first day, alerting once somebody has looked at
    /// the counts, or at a back-test, and says so.
    /// </summary>
    private static Rule[] Shipped(decimal highValueThreshold, string currency) =>
    [
        new HighValueRule(highValueThreshold, currency),
        new VelocityRule(5, TimeSpan.FromMinutes(10), Shadow: true),
        new SpendSpikeRule(4, 10, 200, currency, Shadow: true),
        new CardTestingRule(3, 5, 200, TimeSpan.FromHours(1), currency, Shadow: true),
        new NewCategoryRule(500, 10, currency, Shadow: true),
    ];

    /// <summary>The same object where nobody was snoozed since the last look, or erased, which changes rows in place.</summary>
    private async Task<RuleSet?> WithSnoozesAsync(RuleSet? ruleSet, CancellationToken cancellationToken)
    {
        if (ruleSet is null)
            return null;
        await using var newest = warehouse.CreateCommand(
            "select coalesce((select max(snooze_id) from etl.rule_snooze), 0), coalesce((select max(erasure_id) from etl.erased_subject), 0)");
        newest.CommandTimeout = WriterPatience.Seconds;
        (long, long) seen;
        await using (var reader = await newest.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            seen = (reader.GetInt64(0), reader.GetInt64(1));
            if (seen == snoozesSeen)
                return ReferenceEquals(ruleSet.Snoozes, snoozes) ? ruleSet : ruleSet with { Snoozes = snoozes };
        }

        snoozes = await Snoozes.LoadAsync(warehouse, cancellationToken);
        snoozesSeen = seen;
        return ruleSet with { Snoozes = snoozes };
    }

    /// <returns>The newest version that can be read, if there is one since the last look; and the newest number there is.</returns>
    private async Task<(RuleSet? Found, int Newest)> FindNewerAsync(CancellationToken cancellationToken)
    {
        await using var newer = warehouse.CreateCommand(
            "select version, rules::text from etl.rule_set where version > $1 order by version desc");
        newer.CommandTimeout = WriterPatience.Seconds;
        newer.Parameters.Add(new() { Value = newestSeen });
        await using var reader = await newer.ExecuteReaderAsync(cancellationToken);
        RuleSet? found = null;
        var newest = newestSeen;
        while (found is null && await reader.ReadAsync(cancellationToken))
        {
            var version = reader.GetInt32(0);
            newest = Math.Max(newest, version);
            try
            {
                found = RuleSet.Parse(version, reader.GetString(1));
            }
            catch (JsonException e)
            {
                LogUnreadable(logger, e, version);
            }
        }

        return (found, newest);
    }

    public void Dispose() => looking.Dispose();

    [LoggerMessage(Level = LogLevel.Information, Message = "Rule set {Version} is in force")]
    private static partial void LogInForce(ILogger logger, int version);

    [LoggerMessage(Level = LogLevel.Information, Message = "Appended rule set {Version} with the high-value threshold {Threshold}")]
    private static partial void LogAppended(ILogger logger, int version, decimal threshold);

    [LoggerMessage(Level = LogLevel.Error, Message = "Rule set {Version} in etl.rule_set cannot be read and is passed over")]
    private static partial void LogUnreadable(ILogger logger, Exception exception, int version);
}
