using System.Diagnostics;
using CsCheck;
using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Scoring.State;
using Xunit;

namespace Fintech.Tests.Scoring;

public sealed class ScoringStateTests
{
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private static readonly Gen<ScoringInput> AnyPurchase = Gen.Select(
        Gen.Long[1, 12], Gen.Int[1, 100_000_00], Gen.Int[-200_000, 200_000], Gen.Int[0, 4], Gen.Int[0, 99],
        (customer, cents, seconds, currency, category) => new ScoringInput(cents / 100m, $"CU{(char)('A' + currency)}")
        {
            CustomerId = customer * 7919,
            OccurredAt = Noon.AddSeconds(seconds),
            Category = category == 0 ? ScoringInput.NoCategory : $"category {category}",
            IsPurchase = category != 1,
        });

    /// <summary>Snapshots write changed blocks only; what is loaded from them and continued must be what nobody interrupted.</summary>
    [Fact]
    public void A_snapshot_at_any_cut_and_a_replay_give_what_nobody_interrupted() =>
        Gen.Select(AnyPurchase.Array[0, 400], Gen.Int[0, 400], Gen.Int[0, 400]).Sample((purchases, first, second) =>
        {
            var cuts = new[] { Math.Min(first, purchases.Length), Math.Min(second, purchases.Length) }.Order().ToArray();
            var undisturbed = new ScoringState();
            foreach (var purchase in purchases)
                undisturbed.Add(purchase);

            var stored = new Dictionary<int, byte[]>();
            var (state, at) = (new ScoringState(), 0);
            foreach (var cut in cuts)
            {
                for (; at < cut; at++)
                    state.Add(purchases[at]);
                Save(state, stored);
                for (var lost = at; lost < Math.Min(at + 5, purchases.Length); lost++)
                    state.Add(purchases[lost]);    // Not committed: forgotten with the state.
                state = Load(state, stored, at, purchases);
            }

            for (; at < purchases.Length; at++)
                state.Add(purchases[at]);
            return Bytes(state).SequenceEqual(Bytes(undisturbed))
                && purchases.All(purchase => state.Look(purchase).Purchases == undisturbed.Look(purchase).Purchases
                    && state.Look(purchase).CategoryIsNew == undisturbed.Look(purchase).CategoryIsNew
                    && state.Look(purchase).Spend.Mean.Equals(undisturbed.Look(purchase).Spend.Mean));
        });

    [Fact]
    public void A_customer_who_is_removed_leaves_nothing_and_the_others_stay() =>
        AnyPurchase.Array[1, 300].Sample(purchases =>
        {
            var gone = purchases[0].CustomerId;
            var (all, others) = (new ScoringState(), new ScoringState(Enumerable.Range(0, 5).Select(i => $"CU{(char)('A' + i)}"), Enumerable.Range(0, 100).Select(i => $"category {i}")));
            all = new ScoringState(others.Currencies.All, others.Categories.All);
            foreach (var purchase in purchases)
            {
                all.Add(purchase);
                if (purchase.CustomerId != gone)
                    others.Add(purchase);
            }

            all.Block(ScoringState.BlockOf(gone))?.Remove(gone);
            for (var block = 0; block < ScoringState.Blocks; block++)
                Assert.Equal(others.Block(block)?.Encode() ?? new StateBlock().Encode(), all.Block(block)?.Encode() ?? new StateBlock().Encode());
        });

    [Fact]
    public void A_million_customers_fit_into_less_than_300_megabytes()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var states = Enumerable.Range(0, 8).Select(_ => new ScoringState()).ToArray();
        for (var customer = 0; customer < 1_000_000; customer++)
            states[customer % 8].Add(new ScoringInput(12.5m, "USD") { CustomerId = customer, OccurredAt = Noon, Category = "Groceries" });
        var used = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(1_000_000, states.Sum(state => state.Customers));
        TestContext.Current.TestOutputHelper?.WriteLine($"{used / 1e6:N0} MB");
        Assert.InRange(used, 100_000_000, 300_000_000);
        GC.KeepAlive(states);
    }

    private static void Save(ScoringState state, Dictionary<int, byte[]> stored)
    {
        for (var block = 0; block < ScoringState.Blocks; block++)
        {
            if (state.Block(block) is { IsChanged: true } changed)
            {
                stored[block] = changed.Encode();
                changed.IsChanged = false;
            }
        }
    }

    /// <summary>Of the names only those that were known when the snapshot was taken.</summary>
    private static ScoringState Load(ScoringState last, Dictionary<int, byte[]> stored, int at, ScoringInput[] purchases)
    {
        var known = new ScoringState();
        foreach (var purchase in purchases.Take(at))
            known.Add(purchase);
        Assert.True(last.Categories.All.Take(known.Categories.All.Count).SequenceEqual(known.Categories.All));
        var loaded = new ScoringState(known.Currencies.All, known.Categories.All);
        foreach (var (block, content) in stored)
            loaded.Put(block, StateBlock.Decode(content));
        return loaded;
    }

    private static IEnumerable<byte> Bytes(ScoringState state) =>
        Enumerable.Range(0, ScoringState.Blocks).SelectMany(block => state.Block(block)?.Encode() ?? []);
}
