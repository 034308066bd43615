using Fintech.Producer.Live;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Fintech.Tests.Producer;

public sealed class PacerTests
{
    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(0.5, 60, 30)]
    [InlineData(20, 10, 200)]
    [InlineData(5_000, 10, 50_000)]
    public async Task Over_time_as_many_are_due_as_the_rate_says(double rate, int seconds, int expected)
    {
        var pacer = new Pacer(rate, time);
        var end = time.GetUtcNow().AddSeconds(seconds);
        var total = 0;

        while (time.GetUtcNow() < end)
        {
            var wait = pacer.WaitAsync(TestContext.Current.CancellationToken);
            while (!wait.IsCompleted && time.GetUtcNow() < end)
            {
                time.Advance(TimeSpan.FromMilliseconds(5));
            }

            if (wait.IsCompleted)
                total += await wait;
        }

        Assert.InRange(total, expected - Math.Max(1, expected / 500), expected);
    }

    [Fact]
    public async Task After_a_stall_no_more_than_a_second_is_caught_up()
    {
        var pacer = new Pacer(100, time);
        time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(100, await pacer.WaitAsync(TestContext.Current.CancellationToken));
        Assert.False(pacer.WaitAsync(TestContext.Current.CancellationToken).IsCompleted);
    }

    [Fact]
    public async Task Without_a_limit_there_is_always_something_due()
    {
        var pacer = new Pacer(LiveOptions.Unlimited, time);

        Assert.True(await pacer.WaitAsync(TestContext.Current.CancellationToken) > 0);
        Assert.True(await pacer.WaitAsync(TestContext.Current.CancellationToken) > 0);
    }
}
