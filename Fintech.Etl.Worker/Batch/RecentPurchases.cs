using System.Runtime.CompilerServices;
using Fintech.Etl.Worker.Batch.Copy;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Recognises equal purchases (same customer, merchant, amount and minute) in passing: one slot each for a million
/// fingerprints, the newer takes the place of the older. Ledgers number their rows about in the order of time, so two equal
/// purchases of one minute are never that far apart.
/// </summary>
internal sealed class RecentPurchases
{
    private readonly ulong[] slots = new ulong[1 << 20];

    /// <returns>Whether an equal one was seen before.</returns>
    [MethodImpl(Hot.Path)]
    public bool Seen(long customerKey, long merchantKey, DateTime occurredAt, decimal amount, string currency)
    {
        var print = Mix(Mix(Mix((ulong)customerKey) ^ (ulong)merchantKey) ^ (ulong)(occurredAt.Ticks / TimeSpan.TicksPerMinute)) ^ (ulong)decimal.ToInt64(amount * 100);
        print = Mix(print ^ ((ulong)(currency[0] << 16 | currency[1] << 8 | currency[2]) << 40)) | 1;     // Never the empty slot's zero.
        ref var slot = ref slots[print >> 44];
        if (slot == print)
            return true;
        slot = print;
        return false;
    }

    /// <summary>SplitMix64's finalizer: every bit of the input moves every bit of the output.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9e3779b97f4a7c15;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
