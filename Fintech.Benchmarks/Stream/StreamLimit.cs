using System.Diagnostics;
using Fintech.Contracts;
using Npgsql;

namespace Fintech.Benchmarks.Stream;

/// <summary>
/// What no pipeline on these servers can beat: the same entries added to Redis and read from it by nobody who looks at them, and the same
/// rows copied into a table with the same key, with nothing else on the machine.
/// </summary>
internal static class StreamLimit
{
    private const int Rows = 500_000;
    private const int AtOnce = 5_000;
    private const string Prefix = "limit:";

    /// <returns>Entries a second that were added and read.</returns>
    public static async Task<double> RedisAsync(string redis, int customers, TimeSpan time, CancellationToken cancellationToken)
    {
        await using var writing = await RedisPipe.OpenAsync(redis, cancellationToken);
        await using var reading = await RedisPipe.OpenAsync(redis, cancellationToken);
        var encoder = new EventEncoder(Prefix, customers);
        var generator = new LoadGenerator(writing, encoder);
        using var ending = new CancellationTokenSource(time);
        var watch = Stopwatch.StartNew();
        var adding = generator.RunAsync(0, sent => sent - generator.Confirmed < 20_000, ending.Token, cancellationToken);
        var read = await DrainAsync(reading, adding, cancellationToken);
        await adding;
        if (read != generator.Confirmed)
            throw new BenchmarkException($"{read} of {generator.Confirmed} entries were read from Redis.");
        var seconds = watch.Elapsed.TotalSeconds;
        await reading.SendAsync(RedisPipe.Encode(["UNLINK", .. Streams()]), cancellationToken);
        await reading.ReceiveAsync(new byte[64], cancellationToken);
        return read / seconds;
    }

    /// <returns>Rows a second.</returns>
    public static async Task<double> CopyAsync(string warehouse, CancellationToken cancellationToken)
    {
        await using var from = new NpgsqlConnection(warehouse);
        await using var to = new NpgsqlConnection(warehouse);
        await from.OpenAsync(cancellationToken);
        await to.OpenAsync(cancellationToken);
        await using (var create = new NpgsqlCommand(EmbeddedSql.Read("Etl/limit_table.sql") + "; alter table bench.fact add primary key (transaction_id, source_system)", to))
            await create.ExecuteNonQueryAsync(cancellationToken);

        // Held in memory before the clock starts: reading them is not part of the limit.
        using var rows = new MemoryStream();
        await using (var read = await from.BeginRawBinaryCopyAsync(
            $"copy (select * from dw.fact_transactions where stream_entry is not null order by transaction_id limit {Rows}) to stdout (format binary)", cancellationToken))
            await read.CopyToAsync(rows, cancellationToken);
        await using (var count = new NpgsqlCommand("checkpoint", from) { CommandTimeout = 600 })
            await count.ExecuteNonQueryAsync(cancellationToken);

        var watch = Stopwatch.StartNew();
        await using (var write = await to.BeginRawBinaryCopyAsync("copy bench.fact from stdin (format binary)", cancellationToken))
            await write.WriteAsync(rows.GetBuffer().AsMemory(0, (int)rows.Length), cancellationToken);
        var seconds = watch.Elapsed.TotalSeconds;

        await using var copied = new NpgsqlCommand("select count(*) from bench.fact", to) { CommandTimeout = 600 };
        return (long)(await copied.ExecuteScalarAsync(cancellationToken))! / seconds;
    }

    /// <summary>Reads all streams in turn, from one position to the next, until nothing is added any more and nothing is left.</summary>
    private static async Task<long> DrainAsync(RedisPipe redis, Task adding, CancellationToken cancellationToken)
    {
        var (read, buffer, positions) = (0L, new byte[1 << 20], Enumerable.Repeat("0-0", Partitioner.DefaultPartitions).ToArray());
        while (true)
        {
            var ended = adding.IsCompleted;
            var before = read;
            for (var i = 0; i < positions.Length; i++)
            {
                await redis.SendAsync(RedisPipe.Encode("XREAD", "COUNT", $"{AtOnce}", "STREAMS", $"{Prefix}{i}", positions[i]), cancellationToken);
                (var count, buffer) = await AnswerAsync(redis, buffer, positions, i, cancellationToken);
                read += count;
            }

            if (ended && read == before)
                return read;
            if (read == before)
                await Task.Delay(TimeSpan.FromMilliseconds(2), cancellationToken);
        }
    }

    /// <summary>
    /// Counts entries without looking into them. An answer is <c>*-1</c> or
    /// <c>*1 *2 $7 limit:0 *N, then N times: *2 $15 1767225600000-0 *2 $1 d $150 {…}</c>, one word a line.
    /// </summary>
    private static async Task<(int Count, byte[] Buffer)> AnswerAsync(
        RedisPipe redis, byte[] buffer, string[] positions, int stream, CancellationToken cancellationToken)
    {
        var filled = 0;
        while (true)
        {
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            filled += await redis.ReceiveAsync(buffer.AsMemory(filled), cancellationToken);
            if (TryCount(buffer.AsSpan(0, filled), out var count, out var last))
            {
                if (count > 0)
                    positions[stream] = last;
                return (count, buffer);
            }
        }
    }

    private static bool TryCount(ReadOnlySpan<byte> answer, out int count, out string last)
    {
        (count, last) = (0, "");
        if (!answer.EndsWith("\r\n"u8))
            return false;
        if (answer.StartsWith("*-1"u8))
            return true;

        for (var i = 0; i < 4; i++)
            answer = AfterLine(answer);
        if (answer.IsEmpty)
            return false;
        count = int.Parse(answer[1..answer.IndexOf((byte)'\r')]);
        answer = AfterLine(answer);
        for (var entry = 0; entry < count; entry++)
        {
            var id = AfterLine(AfterLine(answer));
            var lines = AfterLine(AfterLine(AfterLine(AfterLine(id))));
            if (lines.IsEmpty)
                return false;
            var payload = int.Parse(lines[1..lines.IndexOf((byte)'\r')]);
            answer = AfterLine(lines);
            if (answer.Length < payload + 2)
                return false;
            answer = answer[(payload + 2)..];
            if (entry == count - 1)
                last = System.Text.Encoding.ASCII.GetString(id[..id.IndexOf((byte)'\r')]);
        }

        return true;
    }

    private static ReadOnlySpan<byte> AfterLine(ReadOnlySpan<byte> text) => text.IndexOf((byte)'\n') is >= 0 and var end ? text[(end + 1)..] : [];

    private static IEnumerable<string> Streams() => Enumerable.Range(0, Partitioner.DefaultPartitions).Select(i => $"{Prefix}{i}");
}
