using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Fintech.Embedded.Telemetry.Store;
using Fintech.Embedded.Telemetry.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fintech.Embedded.Telemetry.Otlp;

/// <summary>
/// Takes exports over http/protobuf: <c>POST /v1/traces</c>, <c>/v1/logs</c>, <c>/v1/metrics</c>, gzip allowed. The key keeps
/// other users of the machine from writing into what this one reads.
/// </summary>
internal sealed class OtlpReceiver(TelemetryServerOptions options, TelemetryStore store, string key)
{
    public const string KeyHeader = "x-otlp-api-key";

    /// <summary>For bodies of the usual size; the shared pool would keep some of every size, together more than what is stored.</summary>
    private static readonly ArrayPool<byte> Pool = ArrayPool<byte>.Create(maxArrayLength: 1 << 20, maxArraysPerBucket: 2);
    private readonly byte[] key = Encoding.ASCII.GetBytes(key);

    public void Map(IEndpointRouteBuilder routes)
    {
        var reader = new ExportReader(store.Resources, store.Strings);
        var traces = new TraceDecoder(reader, store.Strings, store.Blocks);
        var logs = new LogDecoder(reader);
        var metrics = new MetricDecoder(reader, store.Strings);
        Map(routes, "traces", body => store.Traces.Add(traces.Decode(body)));
        Map(routes, "logs", body => store.Logs.Add(logs.Decode(body)));
        Map(routes, "metrics", body => store.Metrics.Add(metrics.Decode(body)));
    }

    private void Map(IEndpointRouteBuilder routes, string signal, Action<OtlpMessage> take) =>
        routes.MapPost($"/v1/{signal}", context => ReceiveAsync(context, take)).WithMetadata(SignIn.NotRequired);

    private async Task ReceiveAsync(HttpContext context, Action<OtlpMessage> take)
    {
        var refusal = Refuse(context.Request) ?? await TakeAsync(context.Request, take);
        if (refusal is { } refused)
        {
            await Answer.SentenceAsync(context, refused.Status, refused.Sentence);
            return;
        }

        // An empty Export…ServiceResponse: everything was taken.
        context.Response.ContentType = "application/x-protobuf";
        context.Response.ContentLength = 0;
    }

    private (int Status, string Sentence)? Refuse(HttpRequest request)
    {
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers[KeyHeader].ToString()), key))
            return (StatusCodes.Status401Unauthorized, $"The header {KeyHeader} is missing or wrong: it is made anew at each start.");

        if (request.ContentType is not { } type || !type.StartsWith("application/x-protobuf", StringComparison.OrdinalIgnoreCase))
        {
            return (StatusCodes.Status415UnsupportedMediaType,
                "Only application/x-protobuf is taken: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.");
        }

        if (request.Headers.ContentEncoding.ToString() is not ("" or "identity" or "gzip"))
            return (StatusCodes.Status415UnsupportedMediaType, "The body may be plain or gzip, no other encoding.");

        return null;
    }

    private async Task<(int Status, string Sentence)?> TakeAsync(HttpRequest request, Action<OtlpMessage> take)
    {
        var buffer = Pool.Rent((int)Math.Clamp(request.ContentLength ?? 0, 16 << 10, options.MaxBodyBytes));
        try
        {
            await using var body = request.Headers.ContentEncoding == "gzip"
                ? new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true)
                : request.Body;
            var length = 0;
            int read;
            while ((read = await body.ReadAsync(buffer.AsMemory(length), request.HttpContext.RequestAborted)) > 0)
            {
                length += read;
                if (length > options.MaxBodyBytes)
                    return TooLarge();

                if (length == buffer.Length)
                    buffer = Enlarge(buffer);
            }

            take(new OtlpMessage(buffer, 0, length));
            return null;
        }
        catch (MalformedOtlpException fault)
        {
            return (StatusCodes.Status400BadRequest, fault.Message);
        }
        catch (InvalidDataException)
        {
            return (StatusCodes.Status400BadRequest, "The body says it is gzip but cannot be decompressed.");
        }
        catch (BadHttpRequestException fault) when (fault.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return TooLarge();
        }
        finally
        {
            Pool.Return(buffer);
        }
    }

    private static byte[] Enlarge(byte[] buffer)
    {
        var larger = Pool.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        Pool.Return(buffer);
        return larger;
    }

    private (int, string) TooLarge() => (StatusCodes.Status413PayloadTooLarge,
        $"The export is larger than the {options.MaxBodyBytes:N0} bytes taken: send smaller batches.");
}
