using System.Globalization;
using Fintech.Etl.Worker.Batch;

namespace Fintech.Etl.Worker.Extract;

/// <summary>
/// Which rows were updated since the source was last read, where an extract yields <c>updated_at</c>. The overlap allows for
/// transactions that were open then, and for clocks that differ; what is read once more is recognised.
/// </summary>
/// <param name="now">The source's clock.</param>
internal sealed class UpdatedSince(DateTime now, BatchOptions options)
{
    /// <returns>A condition; null where the extract cannot tell, or nothing was read yet.</returns>
    public string? In(SourceExtract extract, DateTime? readAt)
    {
        if (readAt is not { } last || !extract.Has(ExtractColumn.UpdatedAt))
            return null;
        var from = last - options.UpdatedAtOverlap;
        var literal = extract.TypeOf(ExtractColumn.UpdatedAt).HasZone ? Literal("timestamptz", from, "+00") : Literal("timestamp", Reading(from), "");
        return $"(extracted.updated_at >= {literal} or extracted.updated_at is null)";
    }

    /// <summary>What a clock of the zone showed then; where it was put back meanwhile, what it would show by its present offset.</summary>
    private DateTime Reading(DateTime moment)
    {
        var (then, later) = (options.TimeZone.GetUtcOffset(moment), options.TimeZone.GetUtcOffset(now));
        return moment + (then < later ? then : later);
    }

    private static string Literal(string type, DateTime moment, string suffix) =>
        string.Create(CultureInfo.InvariantCulture, $"{type} '{moment:yyyy-MM-dd HH:mm:ss.ffffff}{suffix}'");
}
