namespace Fintech.Etl.Worker.Webhooks;

internal static class WebhookExtensions
{
    /// <summary>Tells the configured targets of alerts.</summary>
    public static void AddWebhooks(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<WebhookOptions>().BindConfiguration(WebhookOptions.Section).ValidateItself();
        builder.Services.AddSingleton<Outbox>();
        builder.Services.AddSingleton<WebhookMetrics>();
        builder.Services.AddHostedService<WebhookService>();
    }
}
