using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

internal static class StreamConnection
{
    private const int MostMilliseconds = 3_000;

    /// <summary>
    /// The client gives a connection up on which nothing came for four times its time-out: one that fell silent while both ends go on having it
    /// acknowledged is then replaced after 12 s instead of 20. What was read and not committed is read again.
    /// </summary>
    public static void Configure(ConfigurationOptions options) => options.AsyncTimeout = Math.Min(options.AsyncTimeout, MostMilliseconds);
}
