using System.Runtime.CompilerServices;
using Fintech.Etl.Worker.Batch.Copy;
using Fintech.Etl.Worker.Extract;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Makes transactions of rows that a <see cref="TransactionSelection"/> yields.</summary>
internal sealed class TransactionReader(CopyReader rows, TransactionSelection selection)
{
    private readonly NameCache merchants = new();
    private readonly NameCache words = new();
    private readonly DateTimeKind kind = selection.HasZone ? DateTimeKind.Utc : DateTimeKind.Unspecified;
    private readonly int? type = selection.Position(ExtractColumn.Type);
    private readonly int? currency = selection.Position(ExtractColumn.Currency);
    private readonly int? terminal = selection.Position(ExtractColumn.TerminalId);

    /// <summary>The row that was read last.</summary>
    [MethodImpl(Hot.Path)]
    public TransactionRow Row() => new(
        SourceSnapshot.Id(rows, ExtractColumn.TransactionId),
        rows.Integer(1),
        rows.Timestamp(2) is { } date ? DateTime.SpecifyKind(date, kind) : null,
        rows.Numeric(3),
        Cached(4, merchants),
        Cached(type, words),
        Cached(currency, words),
        Cached(terminal, words));

    private string? Cached(int? column, NameCache cache) => column is not { } index || rows.IsNull(index) ? null : cache.Get(rows.Bytes(index));
}
