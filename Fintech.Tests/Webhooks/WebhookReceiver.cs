using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fintech.Tests.Webhooks;

internal sealed record Received(string Id, string Timestamp, string Signature, string Body);

/// <summary>Somebody else's server: keeps what it is sent, and answers as a test says.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;

    private WebhookReceiver(WebApplication app) => this.app = app;

    /// <summary>Every request, in the order of arrival.</summary>
    public ConcurrentQueue<Received> Requests { get; } = new();

    public Uri Address => new(app.Urls.Single());

    public IEnumerable<string> Keys => Requests.Select(request => request.Id);

    /// <param name="answer">Gives the status; or aborts the connection, or does not answer, by itself.</param>
    public static async Task<WebhookReceiver> StartAsync(Func<Received, HttpContext, Task> answer, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var receiver = new WebhookReceiver(builder.Build());
        receiver.app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
            var request = new Received(
                context.Request.Headers["webhook-id"].Single()!, context.Request.Headers["webhook-timestamp"].Single()!,
                context.Request.Headers["webhook-signature"].Single()!, await reader.ReadToEndAsync(context.RequestAborted));
            receiver.Requests.Enqueue(request);
            await answer(request, context);
        });
        await receiver.app.StartAsync(cancellationToken);
        return receiver;
    }

    public static Task<WebhookReceiver> StartAsync(int status, CancellationToken cancellationToken) => StartAsync((_, context) =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }, cancellationToken);

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
