namespace Fintech.Etl.Worker.Webhooks;

/// <summary>
/// When to try again: the pause doubles from <paramref name="first"/> to <paramref name="longest"/>, less up to half of it at random, so
/// that what failed together does not come back together.
/// </summary>
internal sealed class RetrySchedule(TimeSpan first, TimeSpan longest, Random random)
{
    /// <summary>A receiver that asks for more is asked once a day all the same, or it could keep an alert until it is given up.</summary>
    public static readonly TimeSpan LongestWish = TimeSpan.FromDays(1);

    /// <param name="failures">So far, this one included.</param>
    /// <param name="wish">What the receiver asked for: never sooner than that.</param>
    public TimeSpan After(int failures, TimeSpan? wish)
    {
        var grown = first * Math.Pow(2, Math.Min(failures - 1, 30));
        var pause = (grown < longest ? grown : longest) * (1 - random.NextDouble() / 2);
        var asked = wish is { } wished ? (wished < LongestWish ? wished : LongestWish) : TimeSpan.Zero;
        return pause > asked ? pause : asked;
    }
}
