using System.Diagnostics;
using Fintech.Etl.Worker.Scoring.State;
using Fintech.Etl.Worker.Streaming;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>Makes the scorer of each partition.</summary>
internal sealed class Scorers(
    NpgsqlDataSource warehouse, FactTail tail, ScoringMetrics metrics, IOptions<StreamOptions> options, TimeProvider clock, ILoggerFactory loggers)
{
    public PartitionScorer For(int partition) => new(
        partition, new SnapshotStore(partition, options.Value.Partitions, warehouse, tail, clock), metrics, clock, loggers.CreateLogger<PartitionScorer>());
}

/// <summary>
/// Scores what a partition claims, in the order of its entries, against what it remembers of its customers. Memory runs ahead of
/// the commit: after a failed one it is forgotten, and loaded again as of the checkpoint.
/// </summary>
internal sealed partial class PartitionScorer(int partition, SnapshotStore store, ScoringMetrics metrics, TimeProvider clock, ILogger<PartitionScorer> logger)
{
    /// <summary>More than this is replayed once, not again by whoever comes next: faults seldom come alone.</summary>
    private const long MostReplayedTwice = 10_000;

    private ScoringState? state;
    private EntryId position;
    private EntryId? savedAt;
    private long sequence;
    private long generation;
    private long replayed;
    private RuleTally? tally;

    /// <summary>What was replayed is worth saving, as soon as there is time for it.</summary>
    public bool OwesSnapshot => replayed > MostReplayedTwice;

    /// <summary>Makes sure of the memory as of a checkpoint. Nothing to do while batches commit one after the other.</summary>
    /// <param name="erasedGeneration">Of the erasures known: memory from before one may hold the person.</param>
    /// <exception cref="FencedException">The checkpoint is another by now.</exception>
    public async Task OpenAsync(Checkpoint at, long erasedGeneration, CancellationToken cancellationToken)
    {
        if (state is not null && generation == erasedGeneration && position == at.LastEntry)
            return;

        Forget();
        var began = clock.GetTimestamp();
        var loaded = await store.LoadAsync(at, cancellationToken);
        (sequence, savedAt, generation, position) = (loaded.Sequence, loaded.SavedAt, erasedGeneration, at.LastEntry);
        (state, replayed) = (loaded.State, loaded.Replayed);
        metrics.Loaded(loaded.Replayed, clock.GetElapsedTime(began));
        if (loaded.SavedAt is null)
            LogBegun(logger, at.Stream, state.Customers, loaded.Replayed);
        else
            LogLoaded(logger, at.Stream, state.Customers, loaded.Replayed, clock.GetElapsedTime(began));

        // Memory that just began must not begin again from other facts; one of a stream that was reset is of no position in the new one.
        if (loaded.SavedAt is null || at.LastEntry < loaded.SavedAt)
            await SaveAsync(at, loaded.Newest, cancellationToken);
    }

    /// <returns>The rows with their alerts, in the order of their entries.</returns>
    public List<ScoredTransaction> Score(IReadOnlyList<ClaimedTransaction> claimed, RuleSet ruleSet)
    {
        var memory = state ?? throw new UnreachableException("A partition scores before its memory is open.");
        tally = new RuleTally(ruleSet);
        var scored = new List<ScoredTransaction>(claimed.Count);
        foreach (var row in claimed.OrderBy(row => row.Event.Entry))
        {
            var input = InputOf(row);
            scored.Add(new(row, ruleSet.Score(input, memory.Look(input), tally)));
            memory.Add(input);
        }

        return scored;
    }

    /// <summary>What the rules did in the batch scored last, for its transaction; null where nothing was evaluated.</summary>
    public NpgsqlBatchCommand? Counts()
    {
        if (tally is not { } done)
            return null;
        var rules = Enumerable.Range(0, done.RuleSet.Rules.Count).Where(rule => done.Evaluated(rule) > 0).ToArray();
        return rules.Length == 0 ? null : new(Sql.Read("Scoring/Sql/add_rule_counts.sql"))
        {
            Parameters =
            {
                new NpgsqlParameter<int> { TypedValue = done.RuleSet.Version },
                new NpgsqlParameter<DateOnly> { TypedValue = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime) },
                new NpgsqlParameter<short> { TypedValue = (short)partition },
                new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(rules, rule => done.RuleSet.Rules[rule].Title) },
                new NpgsqlParameter<long[]> { TypedValue = Array.ConvertAll(rules, done.Evaluated) },
                new NpgsqlParameter<long[]> { TypedValue = Array.ConvertAll(rules, rule => done.Of(rule, RuleOutcome.Alerted)) },
                new NpgsqlParameter<long[]> { TypedValue = Array.ConvertAll(rules, rule => done.Of(rule, RuleOutcome.Shadowed)) },
                new NpgsqlParameter<long[]> { TypedValue = Array.ConvertAll(rules, rule => done.Of(rule, RuleOutcome.Snoozed)) },
            },
        };
    }

    public void Committed(Checkpoint at)
    {
        position = at.LastEntry;
        if (tally is { } done)
            metrics.Fired(done);
        tally = null;
    }

    /// <summary>Saves what is remembered, where that has changed. Between batches only.</summary>
    /// <param name="at">The committed position; another than the last batch's where the stream was found reset.</param>
    /// <exception cref="FencedException">Another owner works on the stream, or a customer was erased meanwhile.</exception>
    public async Task SnapshotAsync(Checkpoint at, CancellationToken cancellationToken)
    {
        if (state is null || (savedAt == at.LastEntry && position == at.LastEntry))
            return;
        var newest = at.LastEntry < position ? position : at.LastEntry;
        position = at.LastEntry;
        await SaveAsync(at, newest, cancellationToken);
    }

    public void Forget() => (state, tally, replayed) = (null, null, 0);

    private async Task SaveAsync(Checkpoint at, EntryId newest, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var bytes = await store.SaveAsync(state!, at, sequence, generation, newest, cancellationToken);
        sequence++;
        (savedAt, replayed) = (at.LastEntry, 0);
        metrics.Saved(bytes, clock.GetElapsedTime(began));
    }

    private static ScoringInput InputOf(ClaimedTransaction row)
    {
        var content = row.Event.Content;
        return new(content.Amount, content.Currency)
        {
            CustomerId = row.Event.CustomerId,
            OccurredAt = content.OccurredAt,
            ReceivedAt = row.Event.ReceivedAt,
            Category = row.Category,
            IsPurchase = content.Type == ScoringInput.Purchase,
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Memory of {Stream} begins: {Customers} customers from {Facts} facts of the last 30 days")]
    private static partial void LogBegun(ILogger logger, string stream, long customers, long facts);

    [LoggerMessage(Level = LogLevel.Information, Message = "Memory of {Stream} is loaded: {Customers} customers, {Facts} facts replayed, in {Took}")]
    private static partial void LogLoaded(ILogger logger, string stream, long customers, long facts, TimeSpan took);
}
