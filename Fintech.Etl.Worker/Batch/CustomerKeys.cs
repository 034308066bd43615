using System.Numerics;
using System.Runtime.CompilerServices;
using Fintech.Etl.Worker.Batch.Copy;

namespace Fintech.Etl.Worker.Batch;

internal readonly record struct CustomerKey(long Key, bool IsInferred);

/// <summary>
/// Surrogate keys by customer id, asked for once a row: open addressing in one array, 16 bytes a slot, at most half of them taken. A
/// dictionary is compiled anew for every value type, and that only after the first rows of a pass would have needed it.
/// </summary>
internal sealed class CustomerKeys
{
    private const int SlotsAtFirst = 1 << 12;

    private Slot[] slots = new Slot[SlotsAtFirst];

    public int Count { get; private set; }

    public void Clear() => (slots, Count) = (new Slot[SlotsAtFirst], 0);

    /// <param name="id">Of the source.</param>
    /// <param name="key">Not the unknown member's, which is 0.</param>
    /// <param name="isInferred">Nobody has described the customer yet.</param>
    [MethodImpl(Hot.Path)]
    public void Set(long id, long key, bool isInferred)
    {
        if (Count * 2 >= slots.Length)
            Grow();
        ref var slot = ref Find(slots, id);
        if (slot.Key == 0)
            Count++;
        slot = new Slot(id, isInferred ? -key : key);
    }

    [MethodImpl(Hot.Path)]
    public bool TryGet(long id, out CustomerKey customer)
    {
        ref readonly var slot = ref Find(slots, id);
        customer = new CustomerKey(Math.Abs(slot.Key), slot.Key < 0);
        return slot.Key != 0;
    }

    /// <returns>Where the id is, or would be.</returns>
    [MethodImpl(Hot.Path)]
    private static ref Slot Find(Slot[] slots, long id)
    {
        const ulong golden = 0x9e3779b97f4a7c15;    // Fibonacci hashing: the high bits of the product are spread well.
        var at = (int)(((ulong)id * golden) >> (64 - BitOperations.Log2((uint)slots.Length)));
        while (slots[at].Key != 0 && slots[at].Id != id)
            at = (at + 1) & (slots.Length - 1);
        return ref slots[at];
    }

    private void Grow()
    {
        var larger = new Slot[slots.Length * 2];
        foreach (var slot in slots.Where(slot => slot.Key != 0))
            Find(larger, slot.Id) = slot;
        slots = larger;
    }

    /// <param name="Key">0 in an empty slot, negative where the member is inferred.</param>
    private readonly record struct Slot(long Id, long Key);
}
