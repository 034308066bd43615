using System.Runtime.InteropServices;

namespace Fintech.Etl.Worker.Scoring.State;

/// <summary>What is remembered of one customer: about 150 bytes, whatever they do.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]    // No padding: its bytes are what a snapshot keeps.
internal struct CustomerState
{
    /// <summary>Categories by number that have a bit; those beyond are kept beside (<see cref="StateBlock"/>).</summary>
    public const int CategoryBits = 64;

    /// <summary>Of purchases in the currency of the first one; other currencies are kept beside.</summary>
    public SpendHistory Spend;
    public ulong Categories;
    public int Purchases;
    public ushort Currency;
    public RecentPurchases Recent;
}

/// <summary>What rules may ask of a customer, as it was before the transaction they look at. The default is a customer nobody knows.</summary>
/// <param name="currency">Of the transaction, by number.</param>
internal readonly struct CustomerView(in CustomerState state, in SpendHistory spend, bool categoryIsNew, ushort currency)
{
    private readonly RecentPurchases recent = state.Recent;
    private readonly ushort currency = currency;

    public int Purchases { get; } = state.Purchases;

    /// <summary>In the currency of the transaction.</summary>
    public SpendHistory Spend { get; } = spend;

    /// <summary>The transaction's category is one in which the customer never bought.</summary>
    public bool CategoryIsNew { get; init; } = categoryIsNew;

    public int Within(DateTime at, TimeSpan window) => recent.Within(at, window);

    public int SmallWithin(DateTime at, TimeSpan window, decimal most) => recent.SmallWithin(at, window, most, currency);
}
