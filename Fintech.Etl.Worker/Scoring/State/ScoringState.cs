namespace Fintech.Etl.Worker.Scoring.State;

/// <summary>
/// What scoring remembers of the customers of a stream: a function of the transactions given to it, in the order given, and of
/// nothing else. It knows neither rules, which may change at any time, nor a clock.
/// </summary>
internal sealed class ScoringState(IEnumerable<string> currencyNames, IEnumerable<string> categoryNames)
{
    public const int Blocks = 256;

    /// <summary>Of <see cref="StateBlock.Encode"/>; memory of another format is built anew from the facts.</summary>
    public const short Format = 1;

    private readonly StateBlock?[] blocks = new StateBlock?[Blocks];

    public ScoringState() : this([], [])
    {
    }

    public Names Currencies { get; } = new(currencyNames);

    public Names Categories { get; } = new(categoryNames);

    public long Customers => blocks.Sum(block => (long)(block?.Count ?? 0));

    /// <summary>As long as numbers of blocks are stored, the function must stay: the upper byte of Fibonacci hashing.</summary>
    public static int BlockOf(long customerId) => (int)((ulong)customerId * 0x9E3779B97F4A7C15 >> 56);

    public StateBlock? Block(int number) => blocks[number];

    public void Put(int number, StateBlock block) => blocks[number] = block;

    /// <summary>The customer as known before a transaction.</summary>
    public CustomerView Look(in ScoringInput input)
    {
        var category = input.Category == ScoringInput.NoCategory ? null : Categories.Find(input.Category);
        var block = blocks[BlockOf(input.CustomerId)];
        var view = block is null ? default : block.Look(input.CustomerId, Currencies.Find(input.Currency), category);
        // A category that nobody of this stream ever bought in has no number yet.
        return input.Category != ScoringInput.NoCategory && category is null ? view with { CategoryIsNew = true } : view;
    }

    /// <summary>Makes a purchase part of what is remembered; anything else is none.</summary>
    public void Add(in ScoringInput input)
    {
        if (!input.IsPurchase)
            return;
        var block = blocks[BlockOf(input.CustomerId)] ??= new StateBlock();
        var category = input.Category == ScoringInput.NoCategory ? (ushort?)null : Categories.NumberOf(input.Category);
        block.Add(input.CustomerId, input.OccurredAt, input.Amount, Currencies.NumberOf(input.Currency), category);
    }
}
