using System.Collections.Concurrent;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fintech.Tests.Platform;

/// <summary>A span as exported: enough to follow a trace from one service to the next.</summary>
internal sealed record ReceivedSpan(string Service, string TraceId, string SpanId, string ParentSpanId, string Name);

/// <summary>
/// Receives what the services really export (OTLP over http/protobuf), so that the tests judge the wire and not a mock.
/// Field numbers are those of the public OpenTelemetry protocol, stable since 1.0.
/// </summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<ReceivedSpan> spans = new();
    private readonly ConcurrentQueue<(string Signal, byte[] Body)> bodies = new();
    private WebApplication? app;

    public string Endpoint { get; private set; } = "";

    public IReadOnlyCollection<ReceivedSpan> Spans => spans;

    /// <summary>The exports of a signal as they came, to be sent on.</summary>
    public IEnumerable<byte[]> Bodies(string signal) => bodies.Where(body => body.Signal == signal).Select(body => body.Body);

    public int Exports(string signal) => bodies.Count(body => body.Signal == signal);

    /// <summary>Whether any trace, log or metric exported so far carries the text.</summary>
    public bool Carries(string text)
    {
        var needle = Encoding.UTF8.GetBytes(text);
        return bodies.Any(body => body.Body.AsSpan().IndexOf(needle) >= 0);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        foreach (var signal in (string[])["traces", "logs", "metrics"])
        {
            app.MapPost($"/v1/{signal}", async (HttpRequest request) =>
            {
                using var buffer = new MemoryStream();
                await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
                var body = buffer.ToArray();
                bodies.Enqueue((signal, body));
                if (signal == "traces")
                    ReadTraces(body);

                return Results.Bytes([], "application/x-protobuf");
            });
        }

        await app.StartAsync(cancellationToken);
        Endpoint = app.Urls.Single();
    }

    private void ReadTraces(byte[] request)
    {
        foreach (var resourceSpans in Messages(request, 1))
        {
            var service = Messages(resourceSpans, 1).SelectMany(resource => Messages(resource, 1))
                .Where(attribute => Text(attribute, 1) == "service.name")
                .Select(attribute => Text(Messages(attribute, 2).Single(), 1))
                .FirstOrDefault("");
            foreach (var span in Messages(resourceSpans, 2).SelectMany(scopeSpans => Messages(scopeSpans, 2)))
                spans.Enqueue(new ReceivedSpan(service, Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5)));
        }
    }

    private static string Text(byte[] message, int field) => Messages(message, field).Select(Encoding.UTF8.GetString).FirstOrDefault("");

    private static string Hex(byte[] message, int field) => Messages(message, field).Select(Convert.ToHexStringLower).FirstOrDefault("");

    /// <summary>The length-delimited values of one field: sub-messages, strings or bytes.</summary>
    private static List<byte[]> Messages(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                found.Add(input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
        }

        return found;
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
    }
}
