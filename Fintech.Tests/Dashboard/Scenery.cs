using Fintech.Tests.Warehouse;

namespace Fintech.Tests.Dashboard;

/// <summary>
/// A warehouse with something to see on every page: eight weeks of facts to the present minute, alerts in every state, runs with failed
/// checks, quarantine, rule sets, snoozes, commands. Names of merchants are as hostile as they come.
/// </summary>
internal static class Scenery
{
    public static async Task PaintAsync(this WarehouseDatabase warehouse, CancellationToken cancellationToken)
    {
        // One connection: what is drawn by lot is drawn by functions of the session.
        await using var connection = await warehouse.DataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var part in (string[])["Scenery.sql", "SceneryBooks.sql"])
        {
            await using var command = connection.CreateCommand();
            command.CommandText = await ReadAsync(part, cancellationToken);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    public static async Task<string> ReadAsync(string part, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(typeof(Scenery).Assembly.GetManifestResourceStream($"Dashboard/{part}")
            ?? throw new InvalidOperationException($"The tests hold no resource Dashboard/{part}."));
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
