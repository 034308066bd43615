namespace Fintech.Etl.Worker.Warehouse;

/// <summary>Completes when the warehouse is migrated and the PII key is open; whatever needs them awaits it.</summary>
internal sealed class WarehouseReady
{
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Task => opened.Task;

    public void Open() => opened.TrySetResult();
}
