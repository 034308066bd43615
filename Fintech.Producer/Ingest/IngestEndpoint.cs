using System.Globalization;
using System.Threading.RateLimiting;
using Fintech.Producer.Streams;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Fintech.Producer.Ingest;

/// <summary>Answers <c>POST /transactions</c>: with 202 only what Redis has confirmed.</summary>
internal sealed partial class IngestEndpoint(
    EntryWriter writer, StreamCeiling ceiling, IngestRates rates, IngestMetrics metrics,
    IOptionsMonitor<IngestOptions> options, IOptions<StreamOptions> streams, TimeProvider time, ILogger<IngestEndpoint> logger)
{
    public const string Json = "application/json";
    public const string Lines = "application/x-ndjson";

    private static readonly TimeSpan RedisPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CeilingPause = TimeSpan.FromSeconds(5);

    /// <param name="key">The name of the key that the client has.</param>
    public async Task<IResult> HandleAsync(HttpContext context, string key, CancellationToken cancellationToken)
    {
        if (FormatOf(context.Request) is not { } lines)
            return Problem(StatusCodes.Status415UnsupportedMediaType, $"The body must be {Json} (one object, or an array) or {Lines} (an object a line), in UTF-8 and not compressed.");

        var limits = options.CurrentValue;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = limits.MaxBodyBytes;

        var request = new IngestRequest(streams.Value.Partitions, time.GetUtcNow());
        try
        {
            IItemCutter cutter = lines ? new LineCutter() : new JsonCutter();
            await foreach (var item in Items.ReadAsync(context.Request.BodyReader, cutter, cancellationToken))
            {
                request.Add(item);
                if (item.IsLast)
                    LeaveRestUnread(context);
                if (request.Count > limits.MaxTransactions)
                    return TooMuch(context, $"A request may hold {limits.MaxTransactions} transactions at most.");
            }
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return TooMuch(context, $"A request may have {limits.MaxBodyBytes} bytes at most.");
        }

        return await AnswerAsync(context, request, key, cancellationToken);
    }

    private async Task<IResult> AnswerAsync(HttpContext context, IngestRequest request, string key, CancellationToken cancellationToken)
    {
        if (request.FaultCount > 0)
            return Invalid(request);
        if (request.Count == 0)
            return Problem(StatusCodes.Status400BadRequest, "The request holds no transaction.");

        using var lease = rates.TryTake(key, request.Entries.Count);
        if (!lease.IsAcquired)
        {
            var pause = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : RedisPause;
            return Later(context, request, "limited", StatusCodes.Status429TooManyRequests, pause, $"A key may send {options.CurrentValue.RatePerKey} transactions a second.");
        }

        if (!ceiling.IsKnown)
            return Later(context, request, "unavailable", StatusCodes.Status503ServiceUnavailable, RedisPause, "Redis has not answered yet.");
        if (ceiling.TryEnter(request.Entries) is not { } entered)
            return Later(context, request, "limited", StatusCodes.Status429TooManyRequests, CeilingPause, "The streams are full until the worker has caught up.");

        // Confirmed entries leave the list.
        var accepted = request.Entries.Count;
        var failure = await SendAsync(request.Entries, entered, cancellationToken);
        if (failure is not null)
        {
            LogUnconfirmed(failure, request.Entries.Count, accepted);
            return Later(context, request, "unavailable", StatusCodes.Status503ServiceUnavailable, RedisPause,
                "Redis did not confirm every transaction. Send the request again: those it has are recognised by their transaction_id.");
        }

        metrics.Answered("accepted", accepted);
        metrics.Answered("repeated", request.Repeated.Count);
        return Results.Json(new Accepted(accepted, request.Repeated), IngestJson.Default.Accepted, statusCode: StatusCodes.Status202Accepted);
    }

    private async Task<Exception?> SendAsync(List<OutgoingEntry> entries, StreamFill[] entered, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.SendAsync(entries, null, cancellationToken);
        }
        finally
        {
            ceiling.Settle(entered);
        }
    }

    /// <returns>Whether the body is one of lines; null where it is neither.</returns>
    private static bool? FormatOf(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0 || !MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
            return null;

        return type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase) ? false
            : type.MediaType.Equals(Lines, StringComparison.OrdinalIgnoreCase) ? true
            : null;
    }

    private static IResult TooMuch(HttpContext context, string detail)
    {
        LeaveRestUnread(context);
        return Problem(StatusCodes.Status413PayloadTooLarge, detail);
    }

    /// <summary>The server cuts a connection whose body it would have to read beyond the limit, so a client must not send its next request on it.</summary>
    private static void LeaveRestUnread(HttpContext context) => context.Response.Headers.Connection = "close";

    private IResult Invalid(IngestRequest request)
    {
        metrics.Answered("invalid", request.Count);
        return Problem(
            StatusCodes.Status400BadRequest,
            $"{request.FaultCount} of {request.Count} items are not valid, so none was taken in.",
            request.Faults);
    }

    private IResult Later(HttpContext context, IngestRequest request, string outcome, int status, TimeSpan pause, string detail)
    {
        metrics.Answered(outcome, request.Count);
        context.Response.Headers.RetryAfter = Seconds(pause);
        return Problem(status, detail);
    }

    public static string Seconds(TimeSpan pause) => Math.Max(1, Math.Ceiling(pause.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    public static IResult Problem(int status, string detail, IReadOnlyList<ItemFault>? faults = null) => Results.Problem(
        detail, statusCode: status, extensions: faults is null ? null : new Dictionary<string, object?> { ["errors"] = faults });

    [LoggerMessage(LogLevel.Warning, "Redis did not confirm {Unconfirmed} of {Count} transactions of a request; the client is asked to send it again")]
    private partial void LogUnconfirmed(Exception failure, int unconfirmed, int count);
}
