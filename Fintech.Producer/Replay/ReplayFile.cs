using System.IO.Compression;
using CsvHelper;

namespace Fintech.Producer.Replay;

/// <summary>A file of transactions. It is read twice where its last time is needed, and never held in memory.</summary>
internal sealed class ReplayFile(ReplayArguments arguments)
{
    /// <summary>An unclosed quote must not swallow a file.</summary>
    private const int LongestRecord = 64 << 10;

    /// <param name="malformed">Told of each line whose columns cannot be told apart, with what is wrong.</param>
    public CsvReader Open(Action<long, string> malformed)
    {
        Stream file = new FileStream(arguments.File, FileMode.Open, FileAccess.Read, FileShare.Read, 128 << 10, FileOptions.SequentialScan);
        if (arguments.File.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            file = new GZipStream(file, CompressionMode.Decompress);

        return CsvReader.Create(file, new CsvReaderOptions
        {
            Separator = arguments.Separator,
            AllowLineBreaksInQuotes = false,
            MalformedData = CsvMalformedDataHandling.Skip,
            FieldCountMismatch = CsvFieldCountHandling.Skip,
            MaxRecordSize = LongestRecord,
            TrackLineNumbers = true,
            PoolStrings = true,
            OnMalformedRecord = record => malformed(record.LineNumber, record.Reason switch
            {
                CsvMalformedReason.FieldCountMismatch => "The line has more or fewer columns than the header.",
                _ => "The quotes of the line are broken.",
            }),
        });
    }

    /// <summary>The file's first and last time, wherever they are in it; null where it has none.</summary>
    /// <exception cref="ReplayException">The file does not hold what was asked for.</exception>
    public async Task<(DateTimeOffset First, DateTimeOffset Last)?> SpanAsync(CancellationToken cancellationToken)
    {
        await using var csv = Open((_, _) => { });
        await csv.ReadHeaderAsync(cancellationToken);
        var row = ReplayRow.Bind(arguments, csv, out var fault);
        if (fault is not null)
            throw new ReplayException(fault);

        (DateTimeOffset First, DateTimeOffset Last)? span = null;
        while (await csv.ReadAsync(cancellationToken))
        {
            if (row.TimeOf(csv) is { } time)
                span = span is { } so ? (time < so.First ? time : so.First, time > so.Last ? time : so.Last) : (time, time);
        }

        return span;
    }
}
