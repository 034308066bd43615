using Fintech.Etl.Worker.Scoring;

namespace Fintech.Etl.Worker.Commands;

internal static class CommandExtensions
{
    /// <summary>Executes what the dashboard asks for; needs the batch path, the quarantine and the streams' rules.</summary>
    public static void AddRequestedCommands(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CommandBook>();
        builder.Services.AddSingleton<SnoozeBook>();
        builder.Services.AddSingleton<RuleSetBook>();
        builder.Services.AddSingleton<RequestedRules>();
        builder.Services.AddSingleton<CommandExecutor>();
        builder.Services.AddHostedService<CommandService>();
    }
}
