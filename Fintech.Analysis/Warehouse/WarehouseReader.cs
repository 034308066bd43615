using System.Data;
using System.Text.RegularExpressions;
using Npgsql;

namespace Fintech.Analysis.Warehouse;

/// <summary>
/// The warehouse as an analyst sees it: role <c>fintech_analyst</c>, read only, and one snapshot for all that is read, so that every
/// figure of a document counts the same rows while the platform goes on writing.
/// </summary>
internal sealed partial class WarehouseReader : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction snapshot;

    private WarehouseReader(NpgsqlConnection connection, NpgsqlTransaction snapshot) => (this.connection, this.snapshot) = (connection, snapshot);

    /// <summary>Host and database, without credentials.</summary>
    public string Name => $"{connection.Database} on {connection.Host}";

    public string ServerVersion => connection.PostgreSqlVersion.ToString();

    /// <exception cref="AnalysisException">It cannot be reached, refuses the login or the role, or is no migrated warehouse.</exception>
    public static async Task<WarehouseReader> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = new NpgsqlConnection(Settings(connectionString));
            await connection.OpenAsync(cancellationToken);
            var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            await using var views = new NpgsqlCommand("select to_regclass('analysis.transaction') is not null", connection);
            if (await views.ExecuteScalarAsync(cancellationToken) is not true)
                throw new AnalysisException($"The database {connection.Database} has no schema 'analysis': it is no warehouse, or an older one. The worker migrates it when it starts.", ExitCode.Failed);
            return new WarehouseReader(connection, snapshot);
        }
        catch (Exception e)
        {
            if (connection is not null)
                await connection.DisposeAsync();
            throw Explained(e, connection) ?? e;
        }
    }

    /// <summary>The statement as it is run, and shown: the file's text with the period and the rule's threshold in place.</summary>
    /// <param name="values">SQL literals for <c>:name</c> in the text.</param>
    public static string Statement(string text, IReadOnlyDictionary<string, string> values) =>
        Placeholder().Replace(text, match => values.TryGetValue(match.Groups[1].Value, out var value)
            ? value
            : throw new InvalidOperationException($"No value is known for {match.Value}.")).Trim();

    /// <summary>Rows of a statement that returns (part text, row jsonb).</summary>
    public async Task<IReadOnlyList<(string Part, string Json)>> ReadAsync(string statement, CancellationToken cancellationToken)
    {
        var rows = new List<(string, string)>();
        try
        {
            await using var command = new NpgsqlCommand(statement, connection, snapshot);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                rows.Add((reader.GetString(0), reader.GetString(1)));
        }
        catch (Exception e) when (Explained(e, connection) is { } explained)
        {
            throw explained;
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await snapshot.DisposeAsync();
        await connection.DisposeAsync();
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
