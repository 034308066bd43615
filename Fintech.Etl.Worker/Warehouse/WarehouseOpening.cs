using Fintech.Etl.Worker.Privacy;

namespace Fintech.Etl.Worker.Warehouse;

/// <summary>What comes before the first write: the schema of this build, and the key this warehouse was pseudonymised with.</summary>
internal sealed class WarehouseOpening(WarehouseMigrator migrator, PiiKeyRing keys)
{
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await migrator.MigrateAsync(cancellationToken);
        await keys.OpenAsync(cancellationToken);
    }
}
