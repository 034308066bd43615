using System.Diagnostics;
using System.Globalization;
using Fintech.Etl.Worker.Batch.Copy;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>What the server writes is read, and what is written the server reads, value by value.</summary>
public sealed class CopyFormatTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0")]
    [InlineData("0.00")]
    [InlineData("0.05")]
    [InlineData("0.0001")]
    [InlineData("-0.50")]
    [InlineData("1")]
    [InlineData("10000")]
    [InlineData("10000.00")]
    [InlineData("-99999999.99")]
    [InlineData("123456789012.34")]
    [InlineData("1234567890123456789.12")]
    [InlineData("12345678901234567890123.4567")]
    [InlineData("0.00001234")]
    public async Task A_numeric_is_read_as_the_server_has_it_with_its_scale(string number)
    {
        await using var connection = await OpenAsync();
        await using var rows = await ReadAsync(connection, $"select numeric '{number}'");

        Assert.True(await rows.ReadAsync(Token));
        Assert.Equal(number, rows.Numeric(0)!.Value.ToString(CultureInfo.InvariantCulture));
        Assert.False(await rows.ReadAsync(Token));
    }

    [Fact]
    public async Task What_no_decimal_can_hold_is_missing()
    {
        await using var connection = await OpenAsync();
        await using var rows = await ReadAsync(connection, "select numeric 'NaN', numeric 'Infinity', numeric '-Infinity', null::numeric");

        Assert.True(await rows.ReadAsync(Token));
        Assert.All(Enumerable.Range(0, 4), column => Assert.Null(rows.Numeric(column)));
    }

    [Fact]
    public async Task Amounts_written_are_the_amounts_stored()
    {
        var random = new Random(20260101);
        var amounts = Enumerable.Range(0, 5_000).Select(i => Math.Round((decimal)(Math.Pow(10, i % 15 - 2) * (random.NextDouble() - 0.5) * 2), 2))
            .Concat([0m, 0.01m, -0.01m, 1m, 99.99m, 100m, 9_999.99m, 10_000m, 1_000_000m, 999_999_999_999.99m, -999_999_999_999.99m]).ToList();
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, "create temp table amounts (id bigint, amount numeric(14,2))");
        await using (var writer = new CopyWriter(await connection.BeginRawBinaryCopyAsync("copy amounts from stdin (format binary)", Token)))
        {
            for (var i = 0; i < amounts.Count; i++)
            {
                writer.Row(2);
                writer.Bigint(i);
                writer.Amount(amounts[i]);
                await writer.FlushAsync(Token);
            }

            await writer.CompleteAsync(Token);
        }

        await using var command = new NpgsqlCommand("select amount from amounts order by id", connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        foreach (var amount in amounts)
        {
            Assert.True(await reader.ReadAsync(Token));
            Assert.Equal(amount, reader.GetDecimal(0));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Rows_are_read_whatever_the_pieces_they_come_in(int piece)
    {
        const string query = """
            select i::smallint, i, i::bigint * 1000000007, timestamp '2026-01-31 23:59:59.123456' + i * interval '1 day', date '1999-12-30' + i,
                   repeat('é€x', i * 40), nullif(i, 3)
            from generate_series(1, 50) i
            """;
        await using var connection = await OpenAsync();
        using var bytes = new MemoryStream();
        await using (var copy = await connection.BeginRawBinaryCopyAsync($"copy ({query}) to stdout (format binary)", Token))
            await copy.CopyToAsync(bytes, Token);
        bytes.Position = 0;

        await using var rows = new CopyReader(new Dribble(bytes, piece));
        for (var i = 1; i <= 50; i++)
        {
            Assert.True(await rows.ReadAsync(Token));
            Assert.Equal((i, i, i * 1_000_000_007L), (rows.Integer(0), rows.Integer(1), rows.Integer(2)));
            Assert.Equal(new DateTime(2026, 1, 31, 23, 59, 59).AddMicroseconds(123_456).AddDays(i), rows.Timestamp(3));
            Assert.Equal(new DateOnly(1999, 12, 30).AddDays(i), rows.Date(4));
            Assert.Equal(string.Concat(Enumerable.Repeat("é€x", i * 40)), rows.Text(5));
            Assert.Equal(i == 3 ? null : i, rows.Integer(6));
        }

        Assert.False(await rows.ReadAsync(Token));
    }

    [Fact]
    public async Task A_stream_that_ends_too_early_or_is_something_else_is_refused()
    {
        await using var connection = await OpenAsync();
        using var bytes = new MemoryStream();
        await using (var copy = await connection.BeginRawBinaryCopyAsync("copy (select 'text') to stdout (format binary)", Token))
            await copy.CopyToAsync(bytes, Token);

        await using var cut = new CopyReader(new MemoryStream(bytes.ToArray()[..^4]));
        await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            while (await cut.ReadAsync(Token))
            {
            }
        });
        await using var other = new CopyReader(new MemoryStream(new byte[100]));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await other.ReadAsync(Token));
    }

    [Fact]
    public async Task A_copy_that_is_given_up_stores_nothing_and_leaves_its_connection_usable()
    {
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, "create temp table given_up (id bigint)");
        await using (var writer = new CopyWriter(await connection.BeginRawBinaryCopyAsync("copy given_up from stdin (format binary)", Token)))
        {
            writer.Row(1);
            writer.Bigint(1);
        }

        await using var count = new NpgsqlCommand("select count(*) from given_up", connection);
        Assert.Equal(0L, await count.ExecuteScalarAsync(Token));
    }

    /// <summary>The key that it repeats is of a transaction that is not done, so the server does not answer; nor does one that is cut off.</summary>
    [Fact]
    public async Task A_server_that_does_not_answer_the_end_of_a_copy_is_given_up()
    {
        await using var database = NpgsqlDataSource.Create($"{await servers.CreateDatabaseAsync(Token)};Pooling=false");
        await using var holder = await database.OpenConnectionAsync(Token);
        await ExecuteAsync(holder, "create table keys (id bigint primary key)");
        await ExecuteAsync(holder, "begin; insert into keys values (1)");
        await using var connection = await database.OpenConnectionAsync(Token);
        await using var writer = new CopyWriter(
            await connection.BeginRawBinaryCopyAsync("copy keys from stdin (format binary)", Token), TimeSpan.FromSeconds(1.1));    // A timer may fire a little early.
        writer.Row(1);
        writer.Bigint(1);
        var watch = Stopwatch.StartNew();
        var thrown = await Assert.ThrowsAsync<NpgsqlException>(() => writer.CompleteAsync(Token));
        Assert.IsType<TimeoutException>(thrown.InnerException);
        Assert.InRange(watch.Elapsed.TotalSeconds, 1, 15);    // Of a command it would be thirty.
    }

    [Fact]
    public async Task Reading_ahead_hands_on_the_failure_of_the_reader_and_stops_it_when_abandoned()
    {
        var seen = 0;
        await using (var failing = ReadAhead<int>.Begin(async (chunk, token) =>
        {
            await chunk.AddAsync(1, token);
            await chunk.SendAsync(token);
            throw new FormatException("The second row.");
        }, Token))
        {
            var thrown = await Assert.ThrowsAsync<FormatException>(async () =>
            {
                await foreach (var chunk in failing.AllAsync(Token))
                    seen += chunk.Count;
            });
            Assert.Equal((1, "The second row."), (seen, thrown.Message));
        }

        var stopped = false;
        await using (var endless = ReadAhead<int>.Begin(async (chunk, token) =>
        {
            try
            {
                while (true)
                    await chunk.AddAsync(1, token);
            }
            finally
            {
                stopped = true;
            }
        }, Token))
        {
            await foreach (var _ in endless.AllAsync(Token))
                break;
        }

        Assert.True(stopped);   // Not left running: disposing waits for it.
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(await servers.CreateDatabaseAsync(Token));
        await connection.OpenAsync(Token);
        return connection;
    }

    private static async Task<CopyReader> ReadAsync(NpgsqlConnection connection, string query) =>
        new(await connection.BeginRawBinaryCopyAsync($"copy ({query}) to stdout (format binary)", Token));

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>Gives a few bytes at a time, as a network may.</summary>
    private sealed class Dribble(Stream inner, int piece) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(piece, count));
        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
