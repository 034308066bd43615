using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Batch.Copy;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Privacy;

/// <param name="Customers">Current versions that have the new key now.</param>
/// <param name="Sealed">Rows of the quarantine sealed again.</param>
/// <param name="Unreadable">Rows of the quarantine that neither key opens.</param>
/// <param name="Left">Current versions of customers whom the source has no longer: they keep their hashes, as closed versions do.</param>
internal readonly record struct RotationReport(int Version, long Customers, long Sealed, long Unreadable, long Left);

/// <summary>
/// Finishes what starting with a new key has begun: re-hashes current customers from the source, and seals the quarantine again. Each batch
/// is a transaction of its own under the pass lock, so passes and streams run in between; what is done is recognised by its key version, so
/// it may be killed and started again at any time.
/// </summary>
internal sealed class KeyRotation(
    [FromKeyedServices(BatchPass.SourceName)] NpgsqlDataSource source,
    NpgsqlDataSource warehouse,
    PiiKeyRing keys,
    IOptions<BatchOptions> options,
    TimeProvider time)
{
    public const string Command = "rotate-key";

    /// <summary>Any constant of our own: "rotate" on a telephone keypad.</summary>
    private const long LockKey = 768_283;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(200);

    /// <param name="batch">Customers, and rows of the quarantine, that are changed in one transaction.</param>
    /// <param name="afterBatch">Told how far it is.</param>
    /// <exception cref="BatchException">There is nothing to rotate, or it failed and can be started again.</exception>
    public async Task<RotationReport> RunAsync(int batch, Func<RotationReport, Task> afterBatch, CancellationToken cancellationToken)
    {
        if (keys.Former is null)
            throw new BatchException(
                $"There is nothing to rotate: key version {keys.Current.Version} is in use. Set Privacy:PiiKey to a new key and Privacy:FormerKey to the present one, then run {Command} again.");

        var report = new RotationReport(keys.Current.Version, 0, 0, 0, 0);
        try
        {
            await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
            await AcquireAsync(connection, cancellationToken);
            var runId = await CommandRun.OpenAsync(connection, Command, options.Value.SourceSystem, cancellationToken);
            try
            {
                report = await RehashAsync(connection, runId, batch, report, afterBatch, cancellationToken);
                report = await ResealAsync(connection, batch, report, afterBatch, cancellationToken);
                report = await FinishAsync(connection, runId, report, cancellationToken);
            }
            catch (Exception e) when (connection.State == System.Data.ConnectionState.Open)
            {
                await CommandRun.CloseAsync(connection, runId, report.Customers, BatchException.Harmless(e), CancellationToken.None);
                throw;
            }
            finally
            {
                await ReleaseAsync(connection);
            }

            return report;
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            throw BatchException.While("rotating the key", e);
        }
    }

    private static async Task AcquireAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var acquire = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = LockKey } } };
        if (await acquire.ExecuteScalarAsync(cancellationToken) is false)
            throw new BatchBusyException("Another rotate-key is at work on this warehouse.");
    }

    /// <summary>The pool resets a connection only when it is used again: until then the lock would stay.</summary>
    private static async Task ReleaseAsync(NpgsqlConnection connection)
    {
        if (connection.State != System.Data.ConnectionState.Open)
            return;     // The lock went with its session.
        await using var release = new NpgsqlCommand("select pg_advisory_unlock($1)", connection) { Parameters = { new() { Value = LockKey } } };
        await release.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async Task<RotationReport> RehashAsync(
        NpgsqlConnection connection, long runId, int batch, RotationReport report, Func<RotationReport, Task> afterBatch, CancellationToken cancellationToken)
    {
        // Under the lock, so that no pass of the former key read the source later than this: from now on none begins.
        SourceSnapshot snapshot;
        await using (await WaitForPassesAsync(connection, cancellationToken))
            snapshot = await SourceSnapshot.OpenAsync(source, options.Value, cancellationToken);
        await using (snapshot)
        {
            var rows = new List<CustomerRow>(batch);
            await using var ahead = ReadAhead<CustomerRow>.Begin((chunks, token) => snapshot.ReadCustomersAsync(CustomerChoice.Everybody, chunks, token), cancellationToken);
            await foreach (var chunk in ahead.AllAsync(cancellationToken))
            {
                foreach (var row in chunk)
                {
                    rows.Add(row);
                    if (rows.Count == batch)
                        await FlushAsync();
                }
            }

            await FlushAsync();

            async Task FlushAsync()
            {
                if (await RehashAsync(connection, runId, rows, cancellationToken) is > 0 and var rehashed)
                {
                    report = report with { Customers = report.Customers + rehashed };
                    await afterBatch(report);
                }

                rows.Clear();
            }
        }

        return report;
    }

    private async Task<int> RehashAsync(NpgsqlConnection connection, long runId, List<CustomerRow> rows, CancellationToken cancellationToken)
    {
        await using var held = await WaitForPassesAsync(connection, cancellationToken);
        var due = await DueAsync(connection, [.. rows.Select(row => row.CustomerId)], cancellationToken);
        if (due.Count == 0)
            return 0;

        var now = time.GetUtcNow().UtcDateTime;
        var pass = new PassContext(
            runId, now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond)), new BatchRequest { Trigger = Command }, options.Value, keys.Current)
        {
            // The former key also where the rotation was finished before: a worker that had been left running may have gone on with it.
            Privacy = await PassPrivacy.LoadAsync(connection, keys, options.Value.Privacy.Policy, cancellationToken) with { Former = keys.Former },
        };
        var pseudonymiser = new Pseudonymiser(pass.Key, pass.Privacy);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await BatchSql.ExecuteAsync(connection, "stage", pass, cancellationToken);
        await using (var load = CustomerLoad.Staged(connection, pass))
        {
            await load.AddAsync(rows.Where(row => due.Contains(row.CustomerId)).Select(pseudonymiser.Customer).ToArray(), cancellationToken);
            await load.CompleteAsync(rehash: true, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return due.Count;
    }

    private async Task<HashSet<long>> DueAsync(NpgsqlConnection connection, long[] ids, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select customer_id from dw.dim_customer where customer_id = any($1) and is_current and pii_key_version <> $2", connection);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = ids });
        command.Parameters.Add(new() { Value = keys.Current.Version });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var due = new HashSet<long>();
        while (await reader.ReadAsync(cancellationToken))
            due.Add(reader.GetInt64(0));
        return due;
    }

    private async Task<PassLock> WaitForPassesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await PassLock.AcquireAsync(connection, cancellationToken);
            }
            catch (BatchBusyException)
            {
                await Task.Delay(BetweenTries, time, cancellationToken);
            }
        }
    }

    private async Task<RotationReport> ResealAsync(
        NpgsqlConnection connection, int batch, RotationReport report, Func<RotationReport, Task> afterBatch, CancellationToken cancellationToken)
    {
        for (var after = 0L; ;)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var rows = await SealedRow.ReadAsync(connection, after, batch, exceptVersion: keys.Current.Version, cancellationToken);
            if (rows.Count == 0)
                return report;

            foreach (var row in rows)
            {
                after = row.RejectedId;
                if (row.TryUnseal(keys) is not { } plain)
                {
                    report = report with { Unreadable = report.Unreadable + 1 };
                    continue;
                }

                await SealedRow.ReplaceAsync(connection, row.RejectedId, keys.Current.Seal(plain), discard: false, cancellationToken);
                report = report with { Sealed = report.Sealed + 1 };
            }

            await transaction.CommitAsync(cancellationToken);
            await afterBatch(report);
        }
    }

    private async Task<RotationReport> FinishAsync(NpgsqlConnection connection, long runId, RotationReport report, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var finish = new NpgsqlCommand("""
            update etl.pii_key set rotated_at = coalesce(rotated_at, clock_timestamp()) where version = @version;
            update etl.pii_key set carried = null where version < @version;
            select count(*) from dw.dim_customer where is_current and pii_key_version <> @version;
            """, connection);
        finish.Parameters.Add(new("version", report.Version));
        report = report with { Left = (long)(await finish.ExecuteScalarAsync(cancellationToken))! };
        var detail = new JsonObject
        {
            ["customers"] = report.Customers,
            ["sealed"] = report.Sealed,
            ["unreadable"] = report.Unreadable,
            ["left"] = report.Left,
        };
        await CommandRun.AuditAsync(connection, CommandRun.Actor, Command, $"key version {report.Version}", detail, cancellationToken);
        await CommandRun.CloseAsync(connection, runId, report.Customers, null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return report;
    }
}
