using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Fintech.Contracts;
using Fintech.Producer.Live;
using Fintech.Producer.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Fintech.Tests.Producer;

/// <summary>Streams that nobody reads are filled to their ceiling and no further.</summary>
public sealed class CeilingTests
{
    /// <summary>What may be under way when the ceiling is reached: a batch, and what came before Redis was asked.</summary>
    private const int Slack = 1_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Stream:Ceiling:TotalEntries=5000", 5_000, "All streams together")]
    [InlineData("Stream:Ceiling:TotalBytes=1200000", 8_000, "All streams together")]
    [InlineData("Stream:Ceiling:StreamEntries=500", 4_000, "Stream transactions:")]
    [InlineData("Stream:Ceiling:StreamBytes=120000", 8_000, "Stream transactions:")]
    public async Task The_simulation_waits_at_the_ceiling_and_goes_on_once_the_streams_are_drained(string ceiling, int most, string named)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var live = await LiveStream.StartAsync(
            redis, LiveOptions.Unlimited, limit: 60_000, settings: [ceiling, "Stream:Ceiling:Interval=00:00:00.05"]);

        await UntilLoggedAsync(live, named, "reached the ceiling");
        var full = await StandstillAsync(live);
        Assert.InRange(full, 1_000, most + Slack);
        Assert.Equal(full, await LengthAsync(redis));
        Assert.True(IsClosed(), "The metric fintech.producer.ceiling.closed does not say that producers wait.");

        // What the worker does once it has read them.
        await using (var connection = await redis.ConnectAsync())
        {
            while (live.Ledger.Read().Acknowledged < 60_000)
            {
                for (var partition = 0; partition < 8; partition++)
                    await connection.GetDatabase().StreamTrimAsync(StreamNames.Transactions(partition), 0);
                await Task.Delay(20, Cancelled);
            }
        }

        Assert.Contains("is below the ceiling again", live.Log, StringComparison.Ordinal);
        Assert.Equal(60_000, live.Ledger.Read().Generated);
    }

    [Fact]
    public void A_closed_stream_opens_well_below_its_ceiling_and_the_others_are_not_concerned()
    {
        using var host = Build("Stream:Ceiling:StreamEntries=100");
        var ceiling = host.Services.GetRequiredService<StreamCeiling>();

        Assert.False(Send(ceiling, EntryOn(0)), "Nothing may be sent before Redis was asked.");
        Look(ceiling, 99);
        Assert.True(Send(ceiling, EntryOn(0)));
        Assert.False(Send(ceiling, EntryOn(0)), "What was sent since the last look counts.");
        Assert.True(Send(ceiling, EntryOn(1)));
        Assert.False(Send(ceiling, EntryOn(1), EntryOn(0)), "All are let in, or none.");

        Look(ceiling, 95);
        Assert.False(Send(ceiling, EntryOn(0)));
        Look(ceiling, 89);
        Assert.True(Send(ceiling, EntryOn(0)));
    }

    [Fact]
    public void What_is_under_way_while_Redis_is_asked_counts_until_an_answer_is_sure_to_hold_it()
    {
        using var host = Build("Stream:Ceiling:StreamEntries=100");
        var ceiling = host.Services.GetRequiredService<StreamCeiling>();
        Look(ceiling, 99);

        var entered = ceiling.TryEnter([EntryOn(0)]);
        Look(ceiling, 99);
        Assert.False(Send(ceiling, EntryOn(0)), "It was let in and may reach Redis after it was asked.");
        ceiling.Settle(entered!);
        Look(ceiling, 80);
        Assert.True(Send(ceiling, EntryOn(0)));
    }

    [Fact]
    public void All_streams_together_have_a_ceiling_too()
    {
        using var host = Build("Stream:Ceiling:TotalEntries=100");
        var ceiling = host.Services.GetRequiredService<StreamCeiling>();

        Look(ceiling, 50, 49);
        Assert.True(Send(ceiling, EntryOn(5)));
        Assert.False(Send(ceiling, EntryOn(6)));
        Look(ceiling, 50, 39);
        Assert.True(Send(ceiling, EntryOn(6)));
    }

    private static bool Send(StreamCeiling ceiling, params OutgoingEntry[] entries)
    {
        if (ceiling.TryEnter(entries) is not { } entered)
            return false;

        ceiling.Settle(entered);
        return true;
    }

    private static void Look(StreamCeiling ceiling, params long[] lengths)
    {
        var fills = new StreamFill[8];
        for (var partition = 0; partition < lengths.Length; partition++)
            fills[partition] = new StreamFill(lengths[partition], 0);
        ceiling.Look(fills, ceiling.SentSoFar());
    }

    private static OutgoingEntry EntryOn(int partition) => new(partition, 1, "{}"u8.ToArray());

    private static IHost Build(string setting)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration[setting[..setting.IndexOf('=')]] = setting[(setting.IndexOf('=') + 1)..];
        builder.AddStreams();
        return builder.Build();
    }

    private static Task UntilLoggedAsync(LiveStream live, params string[] words) => Eventually.IsTrueAsync(
        $"a line of the log with '{string.Join("' and '", words)}'",
        _ => Task.FromResult(live.Log.Split('\n').Any(line => words.All(word => line.Contains(word, StringComparison.Ordinal)))),
        TimeSpan.FromSeconds(60), Cancelled);

    /// <summary>Waits until a second has passed in which nothing was confirmed.</summary>
    private static async Task<long> StandstillAsync(LiveStream live)
    {
        var (last, quiet) = (-1L, 0);
        await Eventually.IsTrueAsync(
            "a producer that stands still",
            _ =>
            {
                var now = live.Ledger.Read().Acknowledged;
                quiet = now == last ? quiet + 1 : 0;
                last = now;
                return Task.FromResult(quiet >= 50);
            },
            TimeSpan.FromSeconds(60), Cancelled);
        return last;
    }

    private static async Task<long> LengthAsync(RedisServer redis)
    {
        await using var connection = await redis.ConnectAsync();
        var lengths = Enumerable.Range(0, 8).Select(partition => connection.GetDatabase().StreamLengthAsync(StreamNames.Transactions(partition)));
        return (await Task.WhenAll(lengths)).Sum();
    }

    private static bool IsClosed()
    {
        var seen = new ConcurrentBag<long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == LiveStream.ApplicationName && instrument.Name == "fintech.producer.ceiling.closed")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => seen.Add(value));
        listener.Start();
        listener.RecordObservableInstruments();
        return seen.Contains(1);
    }
}
