namespace Fintech.Etl.Worker.Warehouse;

/// <summary>
/// The end, good or bad, of the first batch pass since the start. A new warehouse knows no merchant before it: what the
/// stream commits earlier is counted under category Unknown, for the aggregates keep the category of the moment.
/// </summary>
internal sealed class FirstPass
{
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Ended => ended.Task;

    public void End() => ended.TrySetResult();
}
