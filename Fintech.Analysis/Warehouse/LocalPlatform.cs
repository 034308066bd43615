using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Fintech.Analysis.Warehouse;

/// <summary>The warehouse of a platform that runs on this machine without containers, found by its data folder.</summary>
internal static class LocalPlatform
{
    /// <param name="folder">Where the embedded servers keep their data: <c>.data</c>, or what Embedded:DataFolder says.</param>
    /// <exception cref="AnalysisException">There is none, or it does not run.</exception>
    public static string ConnectionString(string folder)
    {
        const string otherwise = "Start it (dotnet run --project Fintech.AppHost), or name a warehouse with --connection or ConnectionStrings__warehouse.";
        var secrets = Path.Combine(folder, "secrets.json");
        var process = Path.Combine(folder, "dwh", "cluster", "postmaster.pid");
        try
        {
            if (!File.Exists(secrets) || !File.Exists(process))
                throw new AnalysisException($"No local platform runs with the data folder {folder}. {otherwise}", ExitCode.Failed);

            return new NpgsqlConnectionStringBuilder
            {
                Host = "localhost",
                Port = Port(File.ReadAllLines(process)) ?? throw new AnalysisException($"{process} names no port: the warehouse is just starting. Try again.", ExitCode.Failed),
                Username = "postgres",
                Password = Password(File.ReadAllText(secrets))
                    ?? throw new AnalysisException($"{secrets} does not have the warehouse's password. Name the warehouse with --connection or ConnectionStrings__warehouse.", ExitCode.Failed),
                Database = "warehouse",
            }.ConnectionString;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or JsonException)
        {
            throw new AnalysisException($"The data folder {folder} cannot be read ({e.Message.TrimEnd('.')}). {otherwise}", ExitCode.Failed, e);
        }
    }

    /// <summary>PostgreSQL writes a line each: process id, data directory, start time, port, socket directory, listen address, …</summary>
    internal static int? Port(IReadOnlyList<string> lines) =>
        lines.Count > 3 && int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;

    // { "Parameters:dwh-password": "…" }
    private static string? Password(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty("Parameters:dwh-password", out var password) ? password.GetString() : null;
    }
}
