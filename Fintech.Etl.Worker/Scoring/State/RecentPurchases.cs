using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fintech.Etl.Worker.Scoring.State;

/// <summary>
/// A customer's last purchases in the order they were delivered: time, amount and currency of each. Time and amount share eight
/// bytes: milliseconds since 2000 (41 bits, to 2069), then cents up to <see cref="MostRemembered"/> (23 bits).
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]    // No padding: its bytes are what a snapshot keeps.
internal struct RecentPurchases
{
    /// <summary>How many are remembered; a rule cannot count further.</summary>
    public const int Most = 10;

    /// <summary>Larger amounts are remembered as this one: rules only ask for small ones.</summary>
    public const decimal MostRemembered = 80_000m;

    public static readonly TimeSpan LongestWindow = TimeSpan.FromDays(30);

    private const int AmountBits = 23;
    private const ulong AmountMask = (1UL << AmountBits) - 1;
    private static readonly long Epoch = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    public Packed Purchases;
    public Currencies In;
    public byte Count;
    public byte Next;

    public void Add(DateTime at, decimal amount, ushort currency)
    {
        var cents = (ulong)Math.Clamp(amount * 100, 0, MostRemembered * 100 + 1);
        Purchases[Next] = ((ulong)Milliseconds(at) << AmountBits) | cents;
        In[Next] = currency;
        Next = (byte)((Next + 1) % Most);
        Count = Math.Max(Count, Next == 0 ? (byte)Most : Next);
    }

    /// <summary>After <paramref name="at"/> − <paramref name="window"/>, not after <paramref name="at"/>: a late event looks back from its own time.</summary>
    public readonly int Within(DateTime at, TimeSpan window)
    {
        var (from, to) = Bounds(at, window);
        var found = 0;
        for (var i = 0; i < Count; i++)
        {
            var time = (long)(Purchases[i] >> AmountBits);
            found += time > from && time <= to ? 1 : 0;
        }

        return found;
    }

    public readonly int SmallWithin(DateTime at, TimeSpan window, decimal most, ushort currency)
    {
        var (from, to) = Bounds(at, window);
        var cents = (ulong)(most * 100);
        var found = 0;
        for (var i = 0; i < Count; i++)
        {
            var time = (long)(Purchases[i] >> AmountBits);
            found += time > from && time <= to && In[i] == currency && (Purchases[i] & AmountMask) <= cents ? 1 : 0;
        }

        return found;
    }

    private static (long From, long To) Bounds(DateTime at, TimeSpan window)
    {
        var to = Milliseconds(at);
        return (to - (long)window.TotalMilliseconds, to);
    }

    private static long Milliseconds(DateTime at) => Math.Max(0, (at.Ticks - Epoch) / TimeSpan.TicksPerMillisecond);

    [InlineArray(Most)]
    public struct Packed
    {
        private ulong first;
    }

    [InlineArray(Most)]
    public struct Currencies
    {
        private ushort first;
    }
}
