namespace Fintech.Embedded.Telemetry.Otlp;

/// <summary>
/// Counts what one export holds while it is decoded. An empty record is two bytes on the wire and a hundred in memory,
/// so a body within its limit could still be too much; exporters send batches of 512.
/// </summary>
internal sealed class ExportBudget
{
    private const int MaxRecords = 50_000;
    private int records;

    public void Take()
    {
        if (++records > MaxRecords)
            throw new MalformedOtlpException($"The export holds more than {MaxRecords:N0} records: send smaller batches.");
    }
}
