using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Npgsql;

namespace Fintech.Analysis.Warehouse;

/// <summary>
/// The warehouse as an analyst sees it: role <c>fintech_analyst</c>, read only, and one snapshot for all that is read, so that every
/// figure of a document counts the same rows while the platform goes on writing. Several connections share the snapshot.
/// </summary>
internal sealed partial class WarehouseReader : IAsyncDisposable
{
    /// <summary>More than the cores of a small server would have statements wait for each other there instead of here.</summary>
    private const int MostConnections = 3;

    private readonly List<NpgsqlConnection> connections;
    private readonly Channel<NpgsqlConnection> idle = Channel.CreateUnbounded<NpgsqlConnection>();

    private WarehouseReader(List<NpgsqlConnection> connections)
    {
        this.connections = connections;
        foreach (var connection in connections)
            idle.Writer.TryWrite(connection);
    }

    /// <summary>Host and database, without credentials.</summary>
    public string Name => $"{connections[0].Database} on {connections[0].Host}";

    public string ServerVersion => connections[0].PostgreSqlVersion.ToString();

    /// <summary>How many statements run at a time.</summary>
    public int Connections => connections.Count;

    /// <exception cref="AnalysisException">It cannot be reached, refuses the login or the role, or is no migrated warehouse.</exception>
    public static async Task<WarehouseReader> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        var connections = new List<NpgsqlConnection>();
        try
        {
            connections.Add(new NpgsqlConnection(Settings(connectionString)));
            await BeginAsync(connections[0], cancellationToken);
            await using var views = new NpgsqlCommand("select to_regclass('analysis.extent') is not null", connections[0]);
            if (await views.ExecuteScalarAsync(cancellationToken) is not true)
                throw new AnalysisException($"The database {connections[0].Database} has no schema 'analysis', or an older one: it is no warehouse, or not migrated yet. The worker migrates it when it starts.", ExitCode.Failed);
            await ShareAsync(connections, connectionString, cancellationToken);
            return new WarehouseReader(connections);
        }
        catch (Exception e)
        {
            var explained = Explained(e, connections.FirstOrDefault());
            foreach (var connection in connections)
                await connection.DisposeAsync();
            throw explained ?? e;
        }
    }

    /// <summary>The statement as it is run, and shown: the file's text with the period and the rule's threshold in place.</summary>
    /// <param name="values">SQL literals for <c>:name</c> in the text.</param>
    public static string Statement(string text, IReadOnlyDictionary<string, string> values) =>
        Placeholder().Replace(text, match => values.TryGetValue(match.Groups[1].Value, out var value)
            ? value
            : throw new InvalidOperationException($"No value is known for {match.Value}.")).Trim();

    /// <summary>Rows of a statement that returns (part text, row jsonb). Waits while all connections are at work.</summary>
    public async Task<(IReadOnlyList<(string Part, string Json)> Rows, TimeSpan Took)> ReadAsync(string statement, CancellationToken cancellationToken)
    {
        var connection = await idle.Reader.ReadAsync(cancellationToken);
        try
        {
            var begun = Stopwatch.GetTimestamp();
            var rows = new List<(string, string)>();
            await using var command = new NpgsqlCommand(statement, connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                rows.Add((reader.GetString(0), reader.GetString(1)));
            return (rows, Stopwatch.GetElapsedTime(begun));
        }
        catch (Exception e) when (Explained(e, connection) is { } explained)
        {
            throw explained;
        }
        finally
        {
            idle.Writer.TryWrite(connection);
        }
    }

    /// <summary>Ends the transactions with their connections: they only read.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in connections)
            await connection.DisposeAsync();
    }

    private static async Task BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.OpenAsync(cancellationToken);
        await ExecuteAsync(connection, "begin isolation level repeatable read, read only", cancellationToken);
    }

    /// <summary>Further connections that see what the first one sees; a server that has no room for them does not hinder the analysis, which then takes longer.</summary>
    private static async Task ShareAsync(List<NpgsqlConnection> connections, string connectionString, CancellationToken cancellationToken)
    {
        await using var export = new NpgsqlCommand("select pg_export_snapshot()", connections[0]);
        var snapshot = (string)(await export.ExecuteScalarAsync(cancellationToken))!;
        while (connections.Count < MostConnections)
        {
            var another = new NpgsqlConnection(Settings(connectionString));
            try
            {
                await BeginAsync(another, cancellationToken);
                await ExecuteAsync(another, $"set transaction snapshot '{snapshot}'", cancellationToken);
            }
            catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                await another.DisposeAsync();
                return;
            }
            catch
            {
                await another.DisposeAsync();
                throw;
            }

            connections.Add(another);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The role is taken as a start-up option, as all of the platform does (docs/decisions/002-roles-as-start-up-options.md).</summary>
    private static string Settings(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "fintech-analysis",
            Pooling = false,
            CommandTimeout = 0,     // Interrupting is up to who waits.
            IncludeErrorDetail = false,
        };
        settings.Options = string.Join(' ',
            settings.Options,
            "-c role=fintech_analyst",
            "-c default_transaction_read_only=on",
            "-c search_path=analysis,dw,public",
            "-c timezone=UTC",
            "-c jit=off",           // Sixteen partitions: compiling takes longer than what it saves.
            "-c work_mem=64MB").Trim();
        return settings.ConnectionString;
    }

    private static AnalysisException? Explained(Exception e, NpgsqlConnection? connection) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refused =>
            new($"The warehouse refuses the login: {refused.MessageText}.", ExitCode.Failed, e),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } missing =>
            new($"There is no warehouse: {missing.MessageText}.", ExitCode.Failed, e),
        // A role that does not exist is an invalid value of the setting "role".
        PostgresException { SqlState: PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedObject } denied =>
            new($"The analysis reads as role fintech_analyst, which this login or database does not allow: {denied.MessageText}.", ExitCode.Failed, e),
        PostgresException failed => new($"The warehouse failed: {failed.MessageText} ({failed.SqlState}).", ExitCode.Failed, e),
        NpgsqlException => new($"The warehouse {Address(connection)} cannot be reached: {(e.InnerException ?? e).Message.TrimEnd('.')}.", ExitCode.Failed, e),
        ArgumentException or FormatException or KeyNotFoundException => new($"The connection string cannot be used: {e.Message.TrimEnd('.')}.", ExitCode.Usage, e),
        _ => null,
    };

    /// <summary>As configured: a connection that was never open tells none.</summary>
    private static string Address(NpgsqlConnection? connection)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection?.ConnectionString);
        return $"{settings.Host}:{settings.Port}";
    }

    // :from, but not the type of a cast (::bigint)
    [GeneratedRegex("(?<!:):([a-z]+)")]
    private static partial Regex Placeholder();
}
