using Npgsql;

namespace Fintech.Tests.Analysis;

/// <summary>A login that may do nothing but take the role of an analyst, as docs/analysis.md says; its password has what connection strings must quote.</summary>
internal sealed class AnalystLogin(AnalysisBench bench, string name, string connectionString) : IAsyncDisposable
{
    public string ConnectionString => connectionString;

    /// <param name="connections">-1 is without limit.</param>
    public static async Task<AnalystLogin> CreateAsync(AnalysisBench bench, int connections, CancellationToken cancellationToken)
    {
        const string password = "semi;colon=and\"quote";
        var name = $"analyst_{Guid.NewGuid():n}";
        await using var connection = new NpgsqlConnection(bench.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var create = new NpgsqlCommand($"create role {name} login password '{password}' connection limit {connections}; grant fintech_analyst to {name}", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
        return new(bench, name, new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Username = name, Password = password, Pooling = false }.ConnectionString);
    }

    /// <summary>The server notices a little later that a connection was closed, and until then has no room for another.</summary>
    public async Task IsGoneAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(bench.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var count = new NpgsqlCommand($"select count(*) from pg_stat_activity where usename = '{name}'", connection);
        await Eventually.ReadAsync(
            "the connections of the login to end", async token => (long)(await count.ExecuteScalarAsync(token))!, left => left == 0, TimeSpan.FromSeconds(30), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await using var connection = new NpgsqlConnection(bench.ConnectionString);
        await connection.OpenAsync();
        await using var drop = new NpgsqlCommand($"drop role {name}", connection);
        await drop.ExecuteNonQueryAsync();
    }
}
