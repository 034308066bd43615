using System.Threading.Channels;
using CsvHelper;
using Fintech.Producer.Streams;
using Microsoft.Extensions.Options;

namespace Fintech.Producer.Replay;

/// <summary>Sends a file's transactions at a multiple of the speed at which they once happened. Lines out of order go as they come.</summary>
internal sealed class ReplayRun(
    ReplayArguments arguments, ReplayProgress progress, StreamPublisher publisher, IOptions<StreamOptions> streams, TimeProvider time)
{
    private const int BufferSize = 10_000;
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    private readonly Queue<(long Line, string Reason)> malformed = [];

    /// <exception cref="ReplayException">The file does not hold what was asked for.</exception>
    public async Task RunAsync(RejectedLines rejected, Rebase? rebase, CancellationToken cancellationToken)
    {
        var file = new ReplayFile(arguments);
        await using var csv = file.Open((line, reason) => malformed.Enqueue((line, reason)));
        await csv.ReadHeaderAsync(cancellationToken);
        var row = ReplayRow.Bind(arguments, csv, out var fault);
        if (fault is not null)
            throw new ReplayException(fault);

        var buffer = Channel.CreateBounded<OutgoingEntry>(new BoundedChannelOptions(BufferSize) { SingleReader = true, SingleWriter = true });
        using var drained = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var stopping = cancellationToken.Register(() => drained.CancelAfter(DrainTime));
        var publishing = publisher.RunAsync(buffer.Reader, entry => progress.Confirmed(entry.Amount), drained.Token);
        try
        {
            await ReadAsync(csv, row, rejected, rebase, buffer.Writer, cancellationToken);
        }
        finally
        {
            buffer.Writer.Complete();
            await publishing;
        }
    }

    private async Task ReadAsync(
        CsvReader csv, ReplayRow row, RejectedLines rejected, Rebase? rebase, ChannelWriter<OutgoingEntry> buffer, CancellationToken cancellationToken)
    {
        var (started, first) = (time.GetTimestamp(), (DateTimeOffset?)null);
        while (await csv.ReadAsync(cancellationToken))
        {
            await RejectAsync(rejected, cancellationToken);    // Of the lines that the reader passed over.
            if (row.Read(csv, rebase, time.GetUtcNow(), out var fault) is not { } transaction)
            {
                malformed.Enqueue((csv.LineNumber, fault!));
                continue;
            }

            first ??= transaction.Timestamp;
            await WaitUntilDueAsync(started, transaction.Timestamp - first.Value, cancellationToken);
            progress.Read(transaction.Timestamp);
            await buffer.WriteAsync(OutgoingEntry.Of(transaction, streams.Value.Partitions), cancellationToken);
        }

        await RejectAsync(rejected, cancellationToken);
    }

    private async Task WaitUntilDueAsync(long started, TimeSpan sinceFirst, CancellationToken cancellationToken)
    {
        if (arguments.Speed is not { } speed)
            return;

        // In steps: a quiet week of the file may be longer than a delay can be.
        for (var wait = sinceFirst / speed - time.GetElapsedTime(started); wait > TimeSpan.Zero; wait = sinceFirst / speed - time.GetElapsedTime(started))
            await Task.Delay(wait < TimeSpan.FromHours(1) ? wait : TimeSpan.FromHours(1), time, cancellationToken);
    }

    private async Task RejectAsync(RejectedLines rejected, CancellationToken cancellationToken)
    {
        while (malformed.TryDequeue(out var found))
        {
            await rejected.AddAsync(found.Line, found.Reason, cancellationToken);
            progress.Rejected();
        }
    }
}
