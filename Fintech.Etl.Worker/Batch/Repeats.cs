using System.Runtime.CompilerServices;
using Fintech.Etl.Worker.Batch.Copy;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// An extract of somebody's own may yield an id twice, which a table with a primary key cannot. Rows come in the order of their
/// ids, so one look back is enough: the first counts, an equal one is known already, a different one is a conflict.
/// </summary>
internal sealed class Repeats
{
    private TransactionRow first;
    private bool any;

    /// <summary>Rows left out, because an equal one went before.</summary>
    public CurrencySums Known { get; } = new();

    /// <returns>The row to go on with; null where it is known already.</returns>
    [MethodImpl(Hot.Path)]
    public StagedTransaction? Judge(in TransactionRow row, in StagedTransaction staged)
    {
        if (!any || row.TransactionId != first.TransactionId)
        {
            (first, any) = (row, true);
            return staged;
        }

        if (row != first)
            return staged with { Failed = staged.Failed ?? Checks.Conflict };

        Known.Add(staged.Currency, row.Amount);
        return null;
    }
}
