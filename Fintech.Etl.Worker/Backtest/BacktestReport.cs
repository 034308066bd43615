using Fintech.Etl.Worker.Scoring;

namespace Fintech.Etl.Worker.Backtest;

/// <summary>Alerts of one rule set against labels.</summary>
/// <param name="Caught">Labelled fraud that was alerted.</param>
/// <param name="Missed">Labelled fraud that was not.</param>
/// <param name="FalseAlarms">Alerted, and labelled as no fraud.</param>
internal readonly record struct Hindsight(long Caught, long Missed, long FalseAlarms, decimal AmountCaught, decimal AmountMissed)
{
    public double? Precision => Caught + FalseAlarms == 0 ? null : Caught / (double)(Caught + FalseAlarms);

    public double? Recall => Caught + Missed == 0 ? null : Caught / (double)(Caught + Missed);

    public Hindsight With(bool fraud, bool alerted, decimal amount) => (fraud, alerted) switch
    {
        (true, true) => this with { Caught = Caught + 1, AmountCaught = AmountCaught + amount },
        (true, false) => this with { Missed = Missed + 1, AmountMissed = AmountMissed + amount },
        (false, true) => this with { FalseAlarms = FalseAlarms + 1 },
        _ => this,
    };
}

/// <summary>One UTC day, or all of them.</summary>
internal readonly record struct Overlap(long Transactions, long Candidate, long Live, long Both)
{
    public Overlap With(bool candidate, bool live) =>
        new(Transactions + 1, Candidate + (candidate ? 1 : 0), Live + (live ? 1 : 0), Both + (candidate && live ? 1 : 0));
}

/// <summary>Money of the transactions in one currency, and of those alerted.</summary>
internal readonly record struct Value(decimal All, decimal Candidate, decimal Live)
{
    public Value With(decimal amount, bool candidate, bool live) =>
        new(All + amount, Candidate + (candidate ? amount : 0), Live + (live ? amount : 0));
}

internal sealed class BacktestReport(RuleSet candidate, RuleSet live)
{
    public RuleTally Candidate { get; } = new(candidate);

    public RuleTally Live { get; } = new(live);

    public SortedDictionary<DateOnly, Overlap> Days { get; } = [];

    public SortedDictionary<string, Value> Values { get; } = new(StringComparer.Ordinal);

    public Overlap Total { get; private set; }

    public Hindsight CandidateHindsight { get; private set; }

    public Hindsight LiveHindsight { get; private set; }

    /// <summary>Facts of the time before the range, which were remembered.</summary>
    public long WarmUp { get; set; }

    public int Labels { get; private set; }

    public void Add(in ScoringInput input, bool byCandidate, bool byLive, bool? label)
    {
        var day = DateOnly.FromDateTime(input.OccurredAt);
        Days[day] = Days.GetValueOrDefault(day).With(byCandidate, byLive);
        Values[input.Currency] = Values.GetValueOrDefault(input.Currency).With(input.Amount, byCandidate, byLive);
        Total = Total.With(byCandidate, byLive);
        if (label is not { } fraud)
            return;
        Labels++;
        CandidateHindsight = CandidateHindsight.With(fraud, byCandidate, input.Amount);
        LiveHindsight = LiveHindsight.With(fraud, byLive, input.Amount);
    }
}
