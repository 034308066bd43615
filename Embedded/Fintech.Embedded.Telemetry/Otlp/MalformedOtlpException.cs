namespace Fintech.Embedded.Telemetry.Otlp;

/// <summary>The body is no export as the OpenTelemetry protocol defines it; the message is a sentence for the sender.</summary>
internal sealed class MalformedOtlpException(string message, Exception? inner = null) : Exception(message, inner);
