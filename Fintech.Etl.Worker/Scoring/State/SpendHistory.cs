using System.Runtime.InteropServices;

namespace Fintech.Etl.Worker.Scoring.State;

/// <summary>
/// Mean and deviation of a customer's purchases in one currency, each weighing exp(−age / 30 days): decayed sums, so a few numbers
/// whatever the number of purchases. Computed as West's weighted update of mean and squared distances, which loses no digits to
/// large sums. A late purchase weighs what it would weigh by now.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]    // No padding: its bytes are what a snapshot keeps.
internal struct SpendHistory
{
    public static readonly TimeSpan TimeConstant = TimeSpan.FromDays(30);

    /// <summary>Of which nothing is left: reached 415 days after a single purchase.</summary>
    private const double Forgotten = 1e-6;

    /// <summary>Ticks of the newest purchase by event time: what the weights are as of.</summary>
    public long At;
    public double Weight;
    public double Mean;
    public double SquaredDistances;
    public int Count;

    public readonly double Deviation => Weight > 0 ? Math.Sqrt(SquaredDistances / Weight) : 0;

    public readonly bool IsForgottenAt(DateTime at) => Weight * Decay(at.Ticks - At) < Forgotten;

    public void Add(DateTime occurredAt, double amount)
    {
        var elapsed = occurredAt.Ticks - At;
        var weight = 1.0;
        if (Count == 0)
        {
            At = occurredAt.Ticks;
        }
        else if (elapsed >= 0)
        {
            var kept = Decay(elapsed);
            if (Weight * kept < Forgotten)
                this = default;
            Weight *= kept;
            SquaredDistances *= kept;
            At = occurredAt.Ticks;
        }
        else
        {
            weight = Decay(-elapsed);
        }

        Weight += weight;
        var distance = amount - Mean;
        Mean += distance * weight / Weight;
        SquaredDistances += weight * distance * (amount - Mean);
        Count = Count == int.MaxValue ? Count : Count + 1;
    }

    private static double Decay(long ticks) => ticks <= 0 ? 1 : Math.Exp(-(double)ticks / TimeConstant.Ticks);
}
