using System.Diagnostics;
using System.Threading.Channels;
using Fintech.Contracts;
using Npgsql;

namespace Fintech.Benchmarks.Stream;

/// <summary>
/// What no pipeline on these servers can beat: the same entries added to Redis and read from it by nobody who looks at them, and the same
/// rows copied into a table with the same key, each with nothing else on the machine; then both at once.
/// </summary>
internal static class StreamLimit
{
    private const int Rows = 500_000;
    private const int AtOnce = 5_000;
    private const string Prefix = "limit:";
    private const string Copy = "copy bench.fact from stdin (format binary)";

    /// <returns>Entries a second that were added and read.</returns>
    public static async Task<double> RedisAsync(string redis, int customers, TimeSpan time, CancellationToken cancellationToken)
    {
        using var ending = new CancellationTokenSource(time);
        var watch = Stopwatch.StartNew();
        var read = await AddAndReadAsync(redis, customers, _ => false, _ => { }, ending, cancellationToken);
        return read / watch.Elapsed.TotalSeconds;
    }

    /// <returns>Rows a second.</returns>
    public static async Task<double> CopyAsync(string warehouse, ReadOnlyMemory<byte> rows, CancellationToken cancellationToken)
    {
        await using var to = await OpenTableAsync(warehouse, cancellationToken);
        var watch = Stopwatch.StartNew();
        await using (var write = await to.BeginRawBinaryCopyAsync(Copy, cancellationToken))
            await write.WriteAsync(rows, cancellationToken);
        return await CountAsync(to, cancellationToken) / watch.Elapsed.TotalSeconds;
    }

    /// <summary>
    /// Both at once, as a pipeline has them: what was read from Redis is copied, row for row, by somebody who looks neither at the one nor
    /// at the other. Who shares the machine between them can do no more.
    /// </summary>
    /// <returns>Entries a second that were added, read and copied.</returns>
    public static async Task<double> TogetherAsync(string redis, string warehouse, ReadOnlyMemory<byte> rows, int customers, CancellationToken cancellationToken)
    {
        await using var to = await OpenTableAsync(warehouse, cancellationToken);
        using var ending = new CancellationTokenSource();
        var read = Channel.CreateUnbounded<long>();
        var watch = Stopwatch.StartNew();
        var reading = AddAndReadAsync(redis, customers, sent => sent >= Rows, count => read.Writer.TryWrite(count), ending, cancellationToken);
        await using (var write = await to.BeginRawBinaryCopyAsync(Copy, cancellationToken))
        {
            for (var copied = 0; copied < rows.Length;)
            {
                var there = (int)(rows.Length * Math.Min(1.0, await read.Reader.ReadAsync(cancellationToken) / (double)Rows));
                await write.WriteAsync(rows[copied..Math.Max(copied, there)], cancellationToken);
                copied = Math.Max(copied, there);
            }
        }

        var seconds = watch.Elapsed.TotalSeconds;
        await reading;
        return await CountAsync(to, cancellationToken) / seconds;
    }

    /// <summary>Held in memory before a clock starts: reading them is not part of a limit.</summary>
    public static async Task<ReadOnlyMemory<byte>> RowsAsync(string warehouse, CancellationToken cancellationToken)
    {
        await using var from = new NpgsqlConnection(warehouse);
        await from.OpenAsync(cancellationToken);
        var rows = new MemoryStream();
        await using var read = await from.BeginRawBinaryCopyAsync(
            $"copy (select * from dw.fact_transactions where stream_entry is not null order by transaction_id limit {Rows}) to stdout (format binary)", cancellationToken);
        await read.CopyToAsync(rows, cancellationToken);
        return rows.GetBuffer().AsMemory(0, (int)rows.Length);
    }

    private static async Task<NpgsqlConnection> OpenTableAsync(string warehouse, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(warehouse);
        await connection.OpenAsync(cancellationToken);
        await using var create = new NpgsqlCommand(
            EmbeddedSql.Read("Etl/limit_table.sql") + "; alter table bench.fact add primary key (transaction_id, source_system)", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
        await using var settle = new NpgsqlCommand("checkpoint", connection) { CommandTimeout = 600 };
        await settle.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var copied = new NpgsqlCommand("select count(*) from bench.fact", connection) { CommandTimeout = 600 };
        return (long)(await copied.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <param name="enough">Given how many were sent, whether no more need be.</param>
    /// <param name="read">Told how many were read, again and again.</param>
    /// <param name="ending">Ends the sending.</param>
    /// <returns>How many were added and read.</returns>
    private static async Task<long> AddAndReadAsync(
        string redis, int customers, Func<long, bool> enough, Action<long> read, CancellationTokenSource ending, CancellationToken cancellationToken)
    {
        await using var writing = await RedisPipe.OpenAsync(redis, cancellationToken);
        await using var reading = await RedisPipe.OpenAsync(redis, cancellationToken);
        var generator = new LoadGenerator(writing, new EventEncoder(Prefix, customers));
        var adding = generator.RunAsync(0, Open, ending.Token, cancellationToken);
        var count = await DrainAsync(reading, adding, read, cancellationToken);
        await adding;
        if (count != generator.Confirmed)
            throw new BenchmarkException($"{count} of {generator.Confirmed} entries were read from Redis.");
        await reading.SendAsync(RedisPipe.Encode(["UNLINK", .. Streams()]), cancellationToken);
        await reading.ReceiveAsync(new byte[64], cancellationToken);
        return count;

        bool Open(long sent)
        {
            if (enough(sent))
                ending.Cancel();
            return !ending.IsCancellationRequested && sent - generator.Confirmed < 20_000;
        }
    }

    /// <summary>Reads all streams in turn, from one position to the next, until nothing is added any more and nothing is left.</summary>
    private static async Task<long> DrainAsync(RedisPipe redis, Task adding, Action<long> tell, CancellationToken cancellationToken)
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
                tell(read);
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
