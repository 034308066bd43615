namespace Fintech.Etl.Worker.History;

internal static class HistoryExtensions
{
    /// <summary>Keeps the roll-ups of the facts that the history page, the document and the notebook read.</summary>
    public static void AddHistory(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<HistoryOptions>().BindConfiguration(HistoryOptions.Section).ValidateItself();
        builder.Services.AddSingleton<HistoryRollup>();
        builder.Services.AddHostedService<HistoryService>();
    }
}
