namespace Fintech.Etl.Worker.Commands;

internal static class CommandExtensions
{
    /// <summary>Executes what the dashboard asks for; needs the batch path and the quarantine.</summary>
    public static void AddRequestedCommands(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CommandBook>();
        builder.Services.AddSingleton<SnoozeBook>();
        builder.Services.AddSingleton<CommandExecutor>();
        builder.Services.AddHostedService<CommandService>();
    }
}
