using System.Reflection;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Npgsql;

namespace Fintech.Etl.Worker.Warehouse;

/// <summary>
/// Brings the warehouse to the schema of this build: numbered scripts, each applied once, in its own transaction.
/// DbUp takes no lock, so one of ours keeps two workers that start together from applying a script twice.
/// </summary>
internal sealed partial class WarehouseMigrator(NpgsqlDataSource warehouse, ILogger<WarehouseMigrator> logger)
{
    private const string ScriptFolder = "Warehouse/Migrations/";

    /// <summary>Advisory lock key, any constant of our own: "fintech" on a telephone keypad.</summary>
    private const long LockKey = 3_468_324;

    /// <exception cref="InvalidOperationException">A script failed; its transaction was rolled back.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        // A connection of its own, without the role that other connections take: the role does not exist before the first script.
        var settings = new NpgsqlConnectionStringBuilder(warehouse.ConnectionString) { Options = null, Pooling = false };
        // Cloned, because a data source does not tell its password; the clone does until it is opened.
        await using var template = warehouse.CreateConnection();
        await using var guard = template.CloneWith(settings.ConnectionString);
        var connectionString = guard.ConnectionString;
        await guard.OpenAsync(cancellationToken);
        await using (var acquire = new NpgsqlCommand("select pg_advisory_lock($1)", guard) { Parameters = { new() { Value = LockKey } } })
            await acquire.ExecuteNonQueryAsync(cancellationToken);

        // DbUp is synchronous; the lock is released when the connection closes, however this ends.
        var result = await Task.Run(() => Engine(connectionString).PerformUpgrade(), cancellationToken);
        if (!result.Successful)
            throw new InvalidOperationException($"Migration {result.ErrorScript?.Name} of the warehouse failed: {result.Error.Message}", result.Error);

        foreach (var script in result.Scripts)
            LogApplied(logger, script.Name);
    }

    private UpgradeEngine Engine(string connectionString) => DeployChanges.To
        .PostgresqlDatabase(connectionString)
        .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.StartsWith(ScriptFolder, StringComparison.Ordinal))
        .WithTransactionPerScript()
        .WithVariablesDisabled()
        .JournalToPostgresqlTable("public", "schema_version")
        .LogTo(new DebugLog(logger))
        .Build();

    [LoggerMessage(Level = LogLevel.Information, Message = "Applied migration {Script}")]
    private static partial void LogApplied(ILogger logger, string script);

    private sealed class DebugLog(ILogger logger) : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args) => Write(format, args);
        public void LogDebug(string format, params object[] args) => Write(format, args);
        public void LogInformation(string format, params object[] args) => Write(format, args);
        public void LogWarning(string format, params object[] args) => Write(format, args);
        public void LogError(string format, params object[] args) => Write(format, args);
        public void LogError(Exception ex, string format, params object[] args) => Write(format, args);

        // An error also reaches the caller, as the result of the upgrade.
        private void Write(string format, object[] args)
        {
            if (logger.IsEnabled(LogLevel.Debug))
                LogDbUp(logger, string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args));
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "DbUp: {Text}")]
    private static partial void LogDbUp(ILogger logger, string text);
}
