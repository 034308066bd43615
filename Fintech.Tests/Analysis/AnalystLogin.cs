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

    public async ValueTask DisposeAsync()
    {
        await using var connection = new NpgsqlConnection(bench.ConnectionString);
        await connection.OpenAsync();
        await using var drop = new NpgsqlCommand($"drop role {name}", connection);
        await drop.ExecuteNonQueryAsync();
    }
}
