using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Fintech.Etl.Worker.Webhooks;

/// <param name="Error">Why it was not delivered, in a sentence that quotes nothing the receiver said; null where it was.</param>
/// <param name="Gone">The receiver wants no more of it.</param>
/// <param name="RetryAfter">Before then the receiver does not want to be asked again.</param>
internal sealed record WebhookAnswer(string? Error, bool Gone = false, TimeSpan? RetryAfter = null)
{
    public static readonly WebhookAnswer Delivered = new(Error: null);

    public bool IsDelivered => Error is null;
}

/// <summary>One target: its address, its keys, and a client that nothing retries behind our back.</summary>
internal sealed class WebhookSender : IDisposable
{
    private readonly Uri address;
    private readonly IReadOnlyList<byte[]> keys;
    private readonly TimeSpan timeout;
    private readonly TimeProvider clock;
    private readonly HttpClient client;

    public WebhookSender(WebhookTargetOptions target, WebhookOptions options, TimeProvider clock)
    {
        Name = target.Id!;
        (address, timeout, this.clock) = (target.Address!, options.Timeout, clock);
        keys = [.. new[] { target.Secret, target.FormerSecret }.Where(secret => !string.IsNullOrEmpty(secret)).Select(secret => WebhookTargetOptions.Key(secret!)!)];
        // Not from the factory: its clients retry, which is the outbox's to decide, and for longer than a time-out allows.
        client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,      // A redirect could lead a signed alert anywhere.
            UseCookies = false,
            ConnectTimeout = options.Timeout,
            MaxConnectionsPerServer = options.Concurrency,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),     // Follows a name that moves.
        })
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,    // Ours names what was late.
        };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Fintech-Webhooks", "1"));
    }

    public string Name { get; }

    /// <exception cref="OperationCanceledException">The worker stops; whether it arrived is not known.</exception>
    public async Task<WebhookAnswer> SendAsync(string id, string payload, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes(payload);
        var now = clock.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, WebhookSignature.Timestamp(now));
        request.Headers.TryAddWithoutValidation(WebhookSignature.SignatureHeader, WebhookSignature.Sign(keys, id, now, body));

        using var deadline = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            // The status is the answer; whatever else the receiver sends is not read.
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return Judge(response);
        }
        catch (HttpRequestException e)
        {
            return new WebhookAnswer($"The connection failed ({e.HttpRequestError}).");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebhookAnswer(string.Create(CultureInfo.InvariantCulture, $"No answer within {timeout.TotalSeconds:0.###} s."));
        }
    }

    public void Dispose() => client.Dispose();

    private WebhookAnswer Judge(HttpResponseMessage response) => (int)response.StatusCode switch
    {
        >= 200 and < 300 => WebhookAnswer.Delivered,
        >= 300 and < 400 => new($"The receiver answered {(int)response.StatusCode}; redirects are not followed."),
        (int)HttpStatusCode.Gone => new("The receiver answered 410: it wants no more of it.", Gone: true),
        var status => new($"The receiver answered {status}.", RetryAfter: After(response.Headers.RetryAfter)),
    };

    /// <summary><c>Retry-After: 120</c>, or a date.</summary>
    private TimeSpan? After(RetryConditionHeaderValue? header) => header?.Delta ?? (header?.Date - clock.GetUtcNow());
}
