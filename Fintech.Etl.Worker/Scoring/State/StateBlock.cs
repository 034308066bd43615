using System.Runtime.InteropServices;

namespace Fintech.Etl.Worker.Scoring.State;

/// <summary>Some of a partition's customers: what a snapshot writes as one row.</summary>
internal sealed class StateBlock
{
    private readonly Dictionary<long, int> places = [];
    private CustomerState[] states = [];

    /// <summary>What does not fit into the fixed size of a state; rare.</summary>
    private readonly Dictionary<(long CustomerId, ushort Currency), SpendHistory> otherSpend = [];
    private readonly HashSet<(long CustomerId, ushort Category)> otherCategories = [];

    /// <summary>Since the last snapshot.</summary>
    public bool IsChanged { get; set; }

    public int Count => places.Count;

    public IEnumerable<long> Customers => places.Keys;

    public CustomerView Look(long customerId, ushort? currency, ushort? category)
    {
        if (!places.TryGetValue(customerId, out var place))
            return new(default, default, category is not null, currency ?? Names.Full);

        ref var state = ref states[place];
        var spend = currency is not { } known ? default
            : state.Currency == known ? state.Spend
            : otherSpend.GetValueOrDefault((customerId, known));
        return new(state, spend, category is { } number && !Knows(customerId, state, number), currency ?? Names.Full);
    }

    /// <param name="category">Null where the merchant has none.</param>
    public void Add(long customerId, DateTime occurredAt, decimal amount, ushort currency, ushort? category)
    {
        IsChanged = true;
        ref var state = ref PlaceOf(customerId, currency);
        state.Purchases = state.Purchases == int.MaxValue ? state.Purchases : state.Purchases + 1;
        state.Recent.Add(occurredAt, amount, currency);
        ref var spend = ref state.Spend;
        if (state.Currency != currency)
            spend = ref CollectionsMarshal.GetValueRefOrAddDefault(otherSpend, (customerId, currency), out _);
        spend.Add(occurredAt, (double)amount);
        if (category is < CustomerState.CategoryBits)
            state.Categories |= 1UL << category.Value;
        else if (category is { } further)
            otherCategories.Add((customerId, further));
    }

    /// <summary>
    /// Customers of whom this block and one computed from facts disagree. A category that only the facts know is none: the merchant
    /// may have got it after it was bought at.
    /// </summary>
    public IEnumerable<long> Differing(StateBlock facts) => places.Keys.Union(facts.places.Keys).Where(customerId =>
    {
        if (!places.TryGetValue(customerId, out var mine) || !facts.places.TryGetValue(customerId, out var theirs))
            return true;
        var (left, right) = (states[mine], facts.states[theirs]);
        if ((left.Categories & ~right.Categories) != 0)
            return true;
        left.Categories = right.Categories;
        return !MemoryMarshal.AsBytes(new ReadOnlySpan<CustomerState>(ref left)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<CustomerState>(ref right)))
            || otherSpend.Any(mine => mine.Key.CustomerId == customerId && !mine.Value.Equals(facts.otherSpend.GetValueOrDefault(mine.Key)))
            || otherCategories.Any(known => known.CustomerId == customerId && !facts.otherCategories.Contains(known));
    });

    /// <returns>Whether there was anything to forget.</returns>
    public bool Remove(long customerId)
    {
        if (!places.Remove(customerId, out var place))
            return false;

        // The last one moves into the gap.
        var last = places.Count;
        if (place != last)
        {
            states[place] = states[last];
            places[places.First(other => other.Value == last).Key] = place;
        }

        foreach (var key in otherSpend.Keys.Where(key => key.CustomerId == customerId).ToList())
            otherSpend.Remove(key);
        otherCategories.RemoveWhere(key => key.CustomerId == customerId);
        return IsChanged = true;
    }

    /// <summary>Little-endian: customers (sorted, so that equal blocks are equal bytes), then what is kept beside them.</summary>
    public byte[] Encode()
    {
        var stream = new MemoryStream(places.Count * 170 + 16);
        using var writer = new BinaryWriter(stream);
        writer.Write(places.Count);
        foreach (var customerId in places.Keys.Order())
        {
            ref var state = ref states[places[customerId]];
            writer.Write(customerId);
            writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<CustomerState>(ref state)));
        }

        writer.Write(otherSpend.Count);
        foreach (var (key, value) in otherSpend.OrderBy(entry => entry.Key))
        {
            var spend = value;
            writer.Write(key.CustomerId);
            writer.Write(key.Currency);
            writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<SpendHistory>(ref spend)));
        }

        writer.Write(otherCategories.Count);
        foreach (var (customerId, category) in otherCategories.Order())
        {
            writer.Write(customerId);
            writer.Write(category);
        }

        writer.Flush();
        return stream.ToArray();
    }

    public static StateBlock Decode(byte[] content)
    {
        var block = new StateBlock();
        using var reader = new BinaryReader(new MemoryStream(content));
        var count = reader.ReadInt32();
        block.places.EnsureCapacity(count);
        block.states = new CustomerState[count];
        for (var i = 0; i < count; i++)
        {
            block.places.Add(reader.ReadInt64(), i);
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(new Span<CustomerState>(ref block.states[i])));
        }

        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var key = (reader.ReadInt64(), reader.ReadUInt16());
            var spend = default(SpendHistory);
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(new Span<SpendHistory>(ref spend)));
            block.otherSpend.Add(key, spend);
        }

        for (var left = reader.ReadInt32(); left > 0; left--)
            block.otherCategories.Add((reader.ReadInt64(), reader.ReadUInt16()));
        return block;
    }

    private bool Knows(long customerId, in CustomerState state, ushort category) => category < CustomerState.CategoryBits
        ? (state.Categories >> category & 1) == 1
        : otherCategories.Contains((customerId, category));

    private ref CustomerState PlaceOf(long customerId, ushort currency)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, customerId, out var exists);
        if (!exists)
        {
            place = places.Count - 1;
            // By an eighth, not doubled: with a million customers the difference is a hundred megabytes.
            if (place == states.Length)
                Array.Resize(ref states, states.Length + Math.Max(4, states.Length / 8));
            states[place] = new CustomerState { Currency = currency };
        }

        return ref states[place];
    }
}
