namespace Fintech.Embedded.Telemetry.Otlp;

/// <summary>What a line of the log shows, decoded from its stored bytes when it is asked for: LogRecord {body 5, attributes 6}.</summary>
internal sealed class LogDetails
{
    public string Body { get; private set; } = "";

    public List<TelemetryAttribute> Attributes { get; } = [];

    public static LogDetails Read(OtlpMessage record, ExportBudget? budget = null)
    {
        var details = new LogDetails();
        foreach (var field in record)
        {
            if (field.Number == 5)
            {
                details.Body = Otlp.Attributes.ReadValue(field.Message);
            }
            else if (field.Number == 6)
            {
                budget?.Take();
                details.Attributes.Add(Otlp.Attributes.Read(field.Message));
            }
        }

        return details;
    }
}
