namespace Fintech.Etl.Worker.Batch.Copy;

/// <summary>Times as PostgreSQL sends them: microseconds, or days, since 2000-01-01.</summary>
internal static class PgTime
{
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
    private static readonly DateOnly EpochDay = new(2000, 1, 1);

    /// <exception cref="ArgumentOutOfRangeException">The moment is out of .NET's reach, such as <c>infinity</c>.</exception>
    public static DateTime Read(long microseconds) => Epoch.AddTicks(checked(microseconds * TimeSpan.TicksPerMicrosecond));

    public static DateOnly ReadDate(int days) => EpochDay.AddDays(days);

    public static long Write(DateTime moment) => (moment.Ticks - Epoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static int WriteDate(DateOnly day) => day.DayNumber - EpochDay.DayNumber;
}
