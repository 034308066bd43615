using System.Net;
using System.Text;
using Fintech.Contracts;
using Xunit;
using static Fintech.Tests.Producer.IngestApp;

namespace Fintech.Tests.Producer;

/// <summary><c>POST /transactions</c> against a real Redis.</summary>
public sealed class IngestTests
{
    private const string Lines = "application/x-ndjson";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_transaction_is_in_the_stream_of_its_customer_once_202_is_answered_and_unknown_fields_are_left_behind()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis);

        using var response = await app.SendAsync(
            """{"transaction_id":"t-1","customer_id":42,"amount":19.90,"merchant_name":"Corner Cafe","timestamp":1767225600.25,"email":"a@example.com","currency":"EUR"}""");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(1, (await JsonOf(response)).GetProperty("accepted").GetInt32());
        var entry = Assert.Single(await PublishedEntry.ReadAllAsync(redis));
        Assert.Equal(Partitioner.PartitionOf(42, 8), entry.Partition);
        Assert.Equal(
            new TransactionEvent
            {
                TransactionId = "t-1",
                CustomerId = 42,
                Amount = 19.90m,
                MerchantName = "Corner Cafe",
                Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(1767225600250),
                Currency = "EUR",
            },
            entry.Event);

        await using var connection = await redis.ConnectAsync();
        var raw = (string)(await connection.GetDatabase().StreamRangeAsync(StreamNames.Transactions(entry.Partition)))[0][StreamNames.PayloadField]!;
        Assert.DoesNotContain("example.com", raw, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData(Lines)]
    public async Task Thousands_in_one_request_all_arrive_in_their_order(string type)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis);
        var items = Enumerable.Range(0, 5_000).Select(i => Transaction($"t-{i:0000}", customer: i % 100)).ToList();

        using var response = await app.SendAsync(type == Lines ? string.Join("\r\n\n", items) + "\n" : $" \n[{string.Join(", ", items)}]", type);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(5_000, (await JsonOf(response)).GetProperty("accepted").GetInt32());
        var entries = await PublishedEntry.ReadAllAsync(redis);
        Assert.Equal(5_000, entries.Select(entry => entry.Event.TransactionId).Distinct().Count());
        Assert.All(entries.GroupBy(entry => entry.Event.CustomerId), customer =>
            Assert.Equal(customer.Select(entry => entry.Event.TransactionId).Order(), customer.Select(entry => entry.Event.TransactionId)));
    }

    public static TheoryData<string, string, string[]> BadBodies => new()
    {
        {
            "application/json",
            $$"""[{{Transaction("good")}}, {{Transaction("t", amount: "\"12\"")}}, {"customer_id":1,"amount":1}, {{Transaction("t", amount: "0")}}, 7, {{Transaction("t", amount: "1.005")}}, {{Transaction("t", customer: -1)}}, {{Transaction("t").Replace("1767225600", "\"05/06/2026\"")}}]""",
            [
                "1: The field amount has a wrong type or value.",
                "2: lacks transaction_id, merchant_name, timestamp.",
                "3: The field amount of a purchase is not above zero.",
                "4: is not a JSON object.",
                "5: The field amount has more than two decimals.",
                "6: The field customer_id is negative.",
                "7: The field timestamp has a wrong type or value.",
            ]
        },
        {
            Lines,
            $"{Transaction("good")}\n{{\"transaction_id\":\n\n{Transaction("t", amount: "-1")}\n{Transaction("u")}",
            ["1: is not JSON.", "2: The field amount of a purchase is not above zero."]
        },
        { "application/json", $"[{Transaction("good")}, {{\"transaction_id\" oops", ["1: is not JSON; nothing from here on could be read."] },
        { "application/json", $"{Transaction("good")}{Transaction("next")}", ["1: is not JSON; nothing from here on could be read."] },
        { "application/json", $"[{Transaction("good")}, [{Transaction("t")}]", ["1: is not a JSON object.", "2: is not JSON; nothing from here on could be read."] },
        { "application/json", $"[{Transaction("good")}] x", ["1: is not JSON; nothing from here on could be read."] },
        { "application/json", $"[{Transaction("good")}, {Transaction(new string('x', 200_000))}]", ["1: is longer than 65536 bytes; nothing from here on was read."] },
        { Lines, $"{Transaction(new string('x', 200_000))}\n{Transaction("good")}", ["0: is longer than 65536 bytes; nothing from here on was read."] },
        { "application/json", $"[{Transaction("t")}, {Transaction("t", amount: "20")}]", ["1: has the transaction_id of item 0, with other content."] },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task Bad_items_are_named_by_index_and_reason_and_nothing_of_the_request_is_taken_in(string type, string body, string[] faults)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis);

        using var response = await app.SendAsync(body, type);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await JsonOf(response);
        Assert.Equal(faults, problem.GetProperty("errors").EnumerateArray().Select(error => $"{error.GetProperty("index")}: {error.GetProperty("reason")}"));
        Assert.Empty(await PublishedEntry.ReadAllAsync(redis));
    }

    [Theory]
    [InlineData("application/json", " \n ")]
    [InlineData("application/json", "[ ]")]
    [InlineData(Lines, "\n\n")]
    public async Task A_request_without_a_transaction_is_refused(string type, string body)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis);

        using var response = await app.SendAsync(body, type);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("The request holds no transaction.", (await JsonOf(response)).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_transaction_that_a_request_repeats_is_taken_in_once_and_named()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis);

        using var response = await app.SendAsync($"[{Transaction("a")}, {Transaction("b")}, {Transaction("a", amount: "19.990")}]");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(
            """{"accepted":2,"repeated":[{"index":2,"transaction_id":"a","first":0}]}""",
            await response.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(2, (await PublishedEntry.ReadAllAsync(redis)).Count);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("", HttpStatusCode.Unauthorized)]
    [InlineData(Primary + "x", HttpStatusCode.Unauthorized)]
    [InlineData(Primary, HttpStatusCode.Accepted)]
    [InlineData(Secondary, HttpStatusCode.Accepted)]
    public async Task Either_key_opens_and_nothing_else_does(string? key, HttpStatusCode expected)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis);

        using var response = await app.SendAsync(Transaction("t-1"), key: key);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.Accepted ? 1 : 0, (await PublishedEntry.ReadAllAsync(redis)).Count);
    }

    [Fact]
    public async Task Without_a_configured_key_everything_is_refused_with_a_sentence_also_an_empty_key()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis, "Producer:Ingest:PrimaryKey=", "Producer:Ingest:SecondaryKey=");

        using var response = await app.SendAsync(Transaction("t-1"), key: "");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("No API key is configured: set Producer:Ingest:PrimaryKey.", (await JsonOf(response)).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_body_too_large_or_of_too_many_or_of_another_type_is_refused()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis, "Producer:Ingest:MaxBodyBytes=5000", "Producer:Ingest:MaxTransactions=3");

        using var large = await app.SendAsync($"[{Transaction(new string('x', 6_000))}]");
        using var chunked = await SendChunkedAsync(app, 6_000);
        using var many = await app.SendAsync($"[{string.Join(',', Enumerable.Range(0, 4).Select(i => Transaction($"t-{i}")))}]");
        using var text = await app.SendAsync(Transaction("t-1"), "text/plain");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal("A request may have 5000 bytes at most.", (await JsonOf(large)).GetProperty("detail").GetString());
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, chunked.StatusCode);
        Assert.All([large, chunked, many], response => Assert.True(response.Headers.ConnectionClose, "The next request on this connection would be cut off."));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, many.StatusCode);
        Assert.Equal("A request may hold 3 transactions at most.", (await JsonOf(many)).GetProperty("detail").GetString());
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, text.StatusCode);
        Assert.Empty(await PublishedEntry.ReadAllAsync(redis));
    }

    [Fact]
    public async Task A_key_that_sends_too_fast_is_told_when_to_come_back_and_the_other_is_not_concerned()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis, "Producer:Ingest:RatePerKey=1", "Producer:Ingest:MaxTransactions=5");
        var five = $"[{string.Join(',', Enumerable.Range(0, 5).Select(i => Transaction($"t-{i}")))}]";

        using var first = await app.SendAsync(five);
        using var second = await app.SendAsync(five);
        using var other = await app.SendAsync(five, key: Secondary);

        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.InRange(second.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 5);
        Assert.Equal(HttpStatusCode.Accepted, other.StatusCode);
    }

    [Fact]
    public async Task At_the_ceiling_a_client_is_told_to_come_back_and_is_let_in_once_the_streams_are_drained()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis, "Stream:Ceiling:StreamEntries=10");
        using var filling = await app.SendAsync($"[{string.Join(',', Enumerable.Range(0, 10).Select(i => Transaction($"t-{i}")))}]");

        using var refused = await app.SendAsync(Transaction("t-10"));
        Assert.Equal(HttpStatusCode.Accepted, filling.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Equal(10, (await PublishedEntry.ReadAllAsync(redis)).Count);

        await using var connection = await redis.ConnectAsync();
        await connection.GetDatabase().StreamTrimAsync(StreamNames.Transactions(Partitioner.PartitionOf(42, 8)), 0);
        await UntilAcceptedAsync(app, Transaction("t-10"));
        Assert.Equal("t-10", Assert.Single(await PublishedEntry.ReadAllAsync(redis)).Event.TransactionId);
    }

    [Fact]
    public async Task While_Redis_does_not_confirm_nothing_is_accepted_and_the_same_request_is_once_it_does()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis);
        using var before = await app.SendAsync(Transaction("t-0"));
        Assert.Equal(HttpStatusCode.Accepted, before.StatusCode);

        await redis.FreezeAsync();
        using var refused = await app.SendAsync(Transaction("t-1"));
        await redis.ThawAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter!.Delta > TimeSpan.Zero);

        await UntilAcceptedAsync(app, Transaction("t-1"));
        Assert.Equal(["t-0", "t-1"], (await PublishedEntry.ReadAllAsync(redis)).Select(entry => entry.Event.TransactionId).Distinct());
    }

    [Fact]
    public async Task A_request_more_than_are_handled_at_a_time_is_sent_away_at_once()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis, "Producer:Ingest:MaxRequests=1");
        using var warm = await app.SendAsync(Transaction("t-0"));

        var (slow, started, finish) = (new SlowContent(), new TaskCompletionSource(), new TaskCompletionSource());
        slow.OnSend = async stream =>
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes("[" + Transaction("t-1")), Cancelled);
            await stream.FlushAsync(Cancelled);
            started.SetResult();
            await finish.Task;
            await stream.WriteAsync("]"u8.ToArray(), Cancelled);
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/transactions") { Content = slow, Headers = { { "X-Api-Key", Primary } } };
        var sending = app.Http.SendAsync(request, Cancelled);
        await started.Task;

        var rejected = await Eventually.ReadAsync(
            "a request that is sent away", async _ => await app.SendAsync(Transaction("t-2")),
            response => response.StatusCode == HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(30), Cancelled);
        Assert.True(rejected.Headers.RetryAfter!.Delta > TimeSpan.Zero);

        finish.SetResult();
        using var accepted = await sending;
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
    }

    [Fact]
    public async Task The_document_describes_the_endpoint_its_key_and_its_fields()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await StartAsync(redis);

        using var response = await app.Http.GetAsync("/openapi/v1.json", Cancelled);
        var document = await JsonOf(response);
        var post = document.GetProperty("paths").GetProperty("/transactions").GetProperty("post");
        var content = post.GetProperty("requestBody").GetProperty("content");

        Assert.Equal("X-Api-Key", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("ApiKey").GetProperty("name").GetString());
        Assert.Equal(2, content.GetProperty("application/json").GetProperty("schema").GetProperty("oneOf").GetArrayLength());
        Assert.True(content.TryGetProperty(Lines, out _));
        Assert.All(["202", "400", "401", "403", "413", "415", "429", "503"], status => Assert.True(post.GetProperty("responses").TryGetProperty(status, out _), status));
        var transaction = document.GetProperty("components").GetProperty("schemas").GetProperty("TransactionEvent");
        Assert.Equal(
            ["amount", "customer_id", "merchant_name", "timestamp", "transaction_id"],
            transaction.GetProperty("required").EnumerateArray().Select(field => field.GetString()!).Order(StringComparer.Ordinal));
        Assert.All(transaction.GetProperty("properties").EnumerateObject(), field => Assert.True(field.Value.TryGetProperty("description", out _), field.Name));
    }

    private static async Task UntilAcceptedAsync(IngestApp app, string body) => await Eventually.IsTrueAsync(
        "an accepted request",
        async _ =>
        {
            using var response = await app.SendAsync(body);
            return response.StatusCode == HttpStatusCode.Accepted;
        },
        TimeSpan.FromSeconds(30), Cancelled);

    /// <summary>Without a length that tells beforehand.</summary>
    private static async Task<HttpResponseMessage> SendChunkedAsync(IngestApp app, int bytes)
    {
        var content = new SlowContent { OnSend = async stream => await stream.WriteAsync(Encoding.UTF8.GetBytes($"[{Transaction(new string('x', bytes))}]"), Cancelled) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/transactions") { Content = content, Headers = { { "X-Api-Key", Primary } } };
        return await app.Http.SendAsync(request, Cancelled);
    }

    private sealed class SlowContent : HttpContent
    {
        public SlowContent() => Headers.ContentType = new("application/json");

        public Func<Stream, Task> OnSend { get; set; } = _ => Task.CompletedTask;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => OnSend(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
