using System.Diagnostics;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Extract, transform and load take turns row by row; this tells whose turn took how long. Each call ends one turn and begins
/// the next. Reading the time costs some 25 ns.
/// </summary>
internal sealed class StageClock
{
    private long mark = Stopwatch.GetTimestamp();
    private long extract, transform, load;

    public double ExtractSeconds => Seconds(extract);
    public double TransformSeconds => Seconds(transform);
    public double LoadSeconds => Seconds(load);

    public void Extracted() => extract += Turn();
    public void Transformed() => transform += Turn();
    public void Loaded() => load += Turn();

    private long Turn()
    {
        var now = Stopwatch.GetTimestamp();
        var took = now - mark;
        mark = now;
        return took;
    }

    private static double Seconds(long ticks) => Math.Round((double)ticks / Stopwatch.Frequency, 3);
}
