using System.Collections.Concurrent;
using System.Reflection;

namespace Fintech.Dashboard;

/// <summary>The embedded <c>.sql</c> files, by their path in the project.</summary>
internal static class Sql
{
    private static readonly ConcurrentDictionary<string, string> Texts = new(StringComparer.Ordinal);

    /// <param name="path">For example <c>Live/Warehouse/newest_alerts.sql</c>.</param>
    public static string Read(string path) => Texts.GetOrAdd(path, static path =>
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(path)
            ?? throw new InvalidOperationException($"The embedded SQL file '{path}' does not exist.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    });
}
