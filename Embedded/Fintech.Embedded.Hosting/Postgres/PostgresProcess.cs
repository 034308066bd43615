using System.Globalization;
using System.Runtime.InteropServices;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Provisioning;
using Fintech.Embedded.Hosting.Running;
using Npgsql;

namespace Fintech.Embedded.Hosting.Postgres;

/// <summary>One PostgreSQL server as a child process.</summary>
internal sealed class PostgresProcess(PostgresServerResource server)
{
    public async Task<ProcessSpec?> PrepareAsync(StartContext start, CancellationToken cancellationToken)
    {
        var user = SystemUser.ForUnprivilegedPrograms();
        var binaries = await PostgresPackage.ProvideAsync(start.Packages, Machine.This, start.Say, cancellationToken);
        var folder = await PostgresFolder.ProvideAsync(start, user, cancellationToken);
        var cluster = Path.Combine(folder, "cluster");

        if (!File.Exists(Path.Combine(cluster, "PG_VERSION")))
            await InitializeAsync(binaries, folder, cluster, user, start, cancellationToken);
        await StaleServer.ClearAsync(server.Name, Path.Combine(cluster, "postmaster.pid"), cluster, "postgres", cancellationToken);

        return new()
        {
            FileName = Path.Combine(binaries, "postgres"),
            Arguments = [.. Arguments(cluster), .. start.Arguments],
            Environment = start.EnvironmentForServer(),
            WorkingDirectory = folder,
            RunAs = user,
            Restart = Restart.Always,

            // "Fast" shutdown: ends sessions, writes a checkpoint; TERM would wait for every client to leave.
            StopSignal = PosixSignal.SIGINT,
            SignalOnHostDeath = ChildSignal.Int,
        };
    }

    public async Task<string> ConnectionStringAsync(string database)
    {
        var connectionString = await server.ConnectionStringExpression.GetValueAsync(CancellationToken.None);

        // No pool: these are few and far between, and a pooled connection would keep the server from a quick stop.
        return new NpgsqlConnectionStringBuilder(connectionString) { Database = database, Pooling = false, Timeout = 5, CommandTimeout = 5 }.ToString();
    }

    /// <summary>Ends the start of a server whose data were made with another password: it would refuse us, twice a second, for ever.</summary>
    public async Task RequirePasswordAsync(CancellationToken cancellationToken)
    {
        var connectionString = await ConnectionStringAsync("postgres");
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(cancellationToken);
                return;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
            {
                throw new DistributedApplicationException(
                    $"'{server.Name}' refuses its password: its data were made with another one. Restore the file secrets.json " +
                    $"or the parameter {server.PasswordParameter.Name}, or delete the data folder to begin anew.", e);
            }
            catch (NpgsqlException)
            {
                // Not listening yet, or still recovering from a kill. Should the server end, so does the wait.
                await Task.Delay(200, cancellationToken);
            }
        }
    }

    public async Task CreateDatabaseAsync(string database, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(await ConnectionStringAsync("postgres"));
        await connection.OpenAsync(cancellationToken);

        await using var find = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = database } } };
        if (await find.ExecuteScalarAsync(cancellationToken) is not null)
            return;

        var quoted = $"\"{database.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        await using var create = new NpgsqlCommand($"CREATE DATABASE {quoted}", connection) { CommandTimeout = 60 };
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    // Sized for two servers on two cores. fsync and synchronous_commit stay as they are by default, on: what is acknowledged is on disk.
    private IEnumerable<string> Arguments(string cluster)
    {
        var port = server.PrimaryEndpoint.Port.ToString(CultureInfo.InvariantCulture);
        string[] settings =
        [
            "listen_addresses=localhost", $"port={port}", "unix_socket_directories=", "password_encryption=scram-sha-256",
            "max_connections=100", "shared_buffers=256MB", "max_wal_size=2GB", "log_checkpoints=off",
        ];

        return ["-D", cluster, .. settings.SelectMany(setting => new[] { "-c", setting })];
    }

    private async Task InitializeAsync(
        string binaries, string folder, string cluster, SystemUser? user, StartContext start, CancellationToken cancellationToken)
    {
        start.Say("Creating the database cluster.");
        var passwordFile = Path.Combine(folder, "password");
        var unfinished = cluster + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);

        try
        {
            await File.WriteAllTextAsync(passwordFile, await server.PasswordParameter.GetValueAsync(cancellationToken), cancellationToken);
            await PostgresFolder.GiveAsync(passwordFile, user, cancellationToken);

            var (exitCode, output) = await Command.TryRunAsync(
                new()
                {
                    FileName = Path.Combine(binaries, "initdb"),
                    Arguments =
                    [
                        "-D", unfinished, "-U", (await server.UserNameReference.GetValueAsync(cancellationToken))!, "--pwfile", passwordFile,
                        "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                    ],
                    Environment = start.EnvironmentForServer(),
                    WorkingDirectory = folder,
                    RunAs = user,
                },
                cancellationToken);
            if (exitCode != 0)
                throw new DistributedApplicationException(
                    $"The database cluster of '{server.Name}' could not be created in {folder}: {InitdbOutput.ReasonIn(output) ?? $"initdb ended with exit code {exitCode}"}.");
        }
        finally
        {
            File.Delete(passwordFile);
        }

        // A cluster is there whole or not at all.
        Directory.Move(unfinished, cluster);
    }
}
