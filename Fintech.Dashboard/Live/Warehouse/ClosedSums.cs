using System.Globalization;
using Npgsql;

namespace Fintech.Dashboard.Live.Warehouse;

/// <summary>
/// The part of the long windows that does not change any more, so that several readings a second need not add up every
/// minute there ever was. Nothing is assumed about time: a partition commits in the order of its entry ids, so the minutes
/// below its checkpoint are final. A partition that was behind <see cref="bound"/> when these sums were taken may still add
/// to them; once its checkpoint has moved, they are taken anew. The batch slot changes with a batch run that loaded something.
/// </summary>
internal sealed class ClosedSums
{
    /// <summary>How much of the newest time is added up at every reading.</summary>
    private static readonly TimeSpan Open = TimeSpan.FromMinutes(10);

    /// <summary>The open part grows until the sums are taken anew.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly DateTimeOffset midnight;
    private readonly DateTimeOffset bound;
    private readonly DateTimeOffset takenAt;
    private readonly Dictionary<string, string> positions;
    private readonly long batchRun;

    private ClosedSums(Books books, DateTimeOffset midnight, DateTimeOffset bound, DateTimeOffset takenAt)
    {
        this.midnight = midnight;
        this.bound = bound;
        this.takenAt = takenAt;
        batchRun = books.ChangedByBatchRun;
        positions = books.Checkpoints.ToDictionary(checkpoint => checkpoint.Stream, checkpoint => checkpoint.LastEntry, StringComparer.Ordinal);
    }

    public Sums All { get; } = new();

    public Sums Today { get; } = new();

    /// <summary>First minute that these sums do not hold.</summary>
    public DateTimeOffset OpenSince => bound;

    public DateTimeOffset OpenToday => bound > midnight ? bound : midnight;

    public bool HoldFor(Books books, DateTimeOffset midnight, DateTimeOffset now) =>
        this.midnight == midnight
        && now >= takenAt && now - takenAt < Lifetime
        && batchRun == books.ChangedByBatchRun
        && !MovedBelowBound(books).Any();

    /// <param name="before">The sums that do not hold any more.</param>
    /// <remarks>To be called in the snapshot in which <paramref name="books"/> were read.</remarks>
    public static async Task<ClosedSums> TakeAsync(
        NpgsqlConnection connection,
        Books books,
        ClosedSums? before,
        DateTimeOffset midnight,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var bound = LiveWindow.MinuteOf(now - Open);

        // A partition that catches up commits into old minutes: leave those open, or the sums would have to be taken at every reading.
        foreach (var checkpoint in before?.MovedBelowBound(books) ?? [])
        {
            if (MinuteOf(checkpoint.LastEntry) is var minute && minute < bound)
                bound = minute;
        }

        var sums = new ClosedSums(books, midnight, bound, now);
        var queries = new QueryBatch(connection);
        queries.Add(Sql.Read("Live/Warehouse/closed_totals.sql"), row =>
        {
            sums.All.Add(row.GetString(2), row.GetInt64(3), row.GetDecimal(4), row.GetInt64(5), streamed: row.GetBoolean(0));
            if (row.GetBoolean(1))
                sums.Today.Add(row.GetString(2), row.GetInt64(3), row.GetDecimal(4), row.GetInt64(5), streamed: true);
        }, bound.UtcDateTime, midnight.UtcDateTime);
        queries.Add(Sql.Read("Live/Warehouse/closed_categories.sql"), row =>
        {
            sums.All.AddCategory(row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetDecimal(4));
            if (row.GetBoolean(0))
                sums.Today.AddCategory(row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetDecimal(4));
        }, bound.UtcDateTime, midnight.UtcDateTime);
        await queries.RunAsync(cancellationToken);
        return sums;
    }

    private IEnumerable<Checkpoint> MovedBelowBound(Books books) =>
        from checkpoint in books.Checkpoints
        let position = positions.GetValueOrDefault(checkpoint.Stream, "0-0")
        where position != checkpoint.LastEntry && MinuteOf(position) < bound
        select checkpoint;

    /// <param name="entryId">For example <c>1767225600000-0</c>: milliseconds, then a sequence number.</param>
    private static DateTimeOffset MinuteOf(string entryId) => LiveWindow.MinuteOf(
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(entryId.AsSpan(0, entryId.IndexOf('-')), CultureInfo.InvariantCulture)));
}
