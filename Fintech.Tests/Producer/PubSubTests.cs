using Fintech.Contracts;
using Fintech.Producer.PubSub;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Producer;

/// <summary>Messages of the old channel, taken in by one process at a time.</summary>
public sealed class PubSubTests
{
    private const string Owner = "financial_transactions:owner";
    private static readonly RedisChannel Channel = RedisChannel.Literal(StreamNames.LegacyChannel);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_two_producers_one_takes_each_message_in_and_the_other_follows_when_it_stops()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await IntakeAsync(redis);
        await first.UntilLoggedAsync("Listening to the Pub/Sub channel");
        await using var second = await IntakeAsync(redis);
        await using var sender = await redis.ConnectAsync();

        for (var i = 0; i < 200; i++)
            await sender.GetSubscriber().PublishAsync(Channel, IngestApp.Transaction($"t-{i:000}", customer: i));
        await UntilLengthAsync(redis, 200);
        var entries = await PublishedEntry.ReadAllAsync(redis);
        Assert.Equal(200, entries.Select(entry => entry.Event.TransactionId).Distinct().Count());
        Assert.All(entries, entry => Assert.Equal(Partitioner.PartitionOf(entry.Event.CustomerId, 8), entry.Partition));
        Assert.DoesNotContain("Listening", second.Log.Text, StringComparison.Ordinal);

        await first.Host.StopAsync(Cancelled);
        await second.UntilLoggedAsync("Listening to the Pub/Sub channel");
        await sender.GetSubscriber().PublishAsync(Channel, IngestApp.Transaction("after"));
        await UntilLengthAsync(redis, 201);
    }

    [Fact]
    public async Task A_producer_whose_lease_another_one_holds_stops_listening_and_takes_over_once_that_one_is_gone()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var intake = await IntakeAsync(redis);
        await intake.UntilLoggedAsync("Listening to the Pub/Sub channel");
        await using var other = await redis.ConnectAsync();

        await other.GetDatabase().StringSetAsync(Owner, "another", TimeSpan.FromSeconds(3));
        await intake.UntilLoggedAsync("lease on the Pub/Sub channel financial_transactions is lost");
        await Eventually.IsTrueAsync(
            "a channel that nobody listens to", async _ => await other.GetSubscriber().PublishAsync(Channel, "{}") == 0, TimeSpan.FromSeconds(10), Cancelled);
        Assert.Equal("another", await other.GetDatabase().StringGetAsync(Owner));

        await Eventually.IsTrueAsync(
            "the producer that listens again", _ => Task.FromResult(intake.Log.Text.Split('\n').Count(line => line.StartsWith("Listening", StringComparison.Ordinal)) == 2),
            TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task What_cannot_be_read_goes_to_the_quarantine_as_it_is_and_what_is_far_too_long_is_dropped_and_said()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var intake = await IntakeAsync(redis);
        await intake.UntilLoggedAsync("Listening to the Pub/Sub channel");
        await using var sender = await redis.ConnectAsync();

        await sender.GetSubscriber().PublishAsync(Channel, new string('x', 70_000));
        await sender.GetSubscriber().PublishAsync(Channel, "{broken");
        await sender.GetSubscriber().PublishAsync(Channel, IngestApp.Transaction("t-1", amount: "-5"));
        await UntilLengthAsync(redis, 2);

        var raw = await sender.GetDatabase().StreamRangeAsync(StreamNames.Transactions(0));
        Assert.Contains(raw, entry => entry[StreamNames.PayloadField] == "{broken");
        Assert.Contains("1 messages of the channel financial_transactions are lost by now", intake.Log.Text, StringComparison.Ordinal);
    }

    private static Task UntilLengthAsync(RedisServer redis, long entries) => Eventually.ReadAsync(
        $"{entries} entries",
        async _ =>
        {
            await using var connection = await redis.ConnectAsync();
            return (await Task.WhenAll(Enumerable.Range(0, 8).Select(p => connection.GetDatabase().StreamLengthAsync(StreamNames.Transactions(p))))).Sum();
        },
        length => length == entries, TimeSpan.FromSeconds(30), Cancelled);

    private static async Task<Intake> IntakeAsync(RedisServer redis)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "Fintech.Tests.PubSub" });
        builder.Configuration["Producer:PubSub:Lease"] = "00:00:02";
        var log = new LogCollector();
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton<IConnectionMultiplexer>(await redis.ConnectAsync());
        builder.AddPubSubIntake();
        var host = builder.Build();
        await host.StartAsync(Cancelled);
        return new Intake(host, log);
    }

    private sealed record Intake(IHost Host, LogCollector Log) : IAsyncDisposable
    {
        public Task UntilLoggedAsync(string words) => Eventually.IsTrueAsync(
            $"'{words}' in the log", _ => Task.FromResult(Log.Text.Contains(words, StringComparison.Ordinal)), TimeSpan.FromSeconds(30), Cancelled);

        public async ValueTask DisposeAsync()
        {
            await Host.StopAsync(CancellationToken.None);
            Host.Dispose();
        }
    }
}
