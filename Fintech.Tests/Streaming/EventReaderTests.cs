using System.Text;
using System.Text.Json;
using Fintech.Etl.Worker.Privacy;
using Fintech.Etl.Worker.Quarantine;
using Fintech.Etl.Worker.Streaming;
using Fintech.Contracts;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Streaming;

public sealed class EventReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly PiiKey Key = new(Workbench.PiiSecret, 1);

    private readonly EventReader reader = new(Key, Workbench.Wrap(new StreamOptions()), new FakeTimeProvider(Now));

    [Fact]
    public void The_simple_shape_that_existing_producers_send_is_read()
    {
        var transaction = Read(
            """{"transaction_id":"t-1","customer_id":42,"amount":19.9,"merchant_name":" Corner Cafe ","timestamp":1768046400.25,"customer":{"email":"a@b.c"}}""");
        Assert.Equal(new TransactionKey("t-1", "stream"), transaction.Key);
        Assert.Equal(
            new TransactionContent(42, "Corner Cafe", "purchase", new DateTime(2026, 1, 10, 12, 0, 0, 250, DateTimeKind.Utc), 19.90m, "USD"),
            transaction.Content);
        Assert.Equal("19.90", transaction.Content.Amount.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(new DateTime(2026, 1, 10, 11, 59, 59, DateTimeKind.Utc), transaction.ReceivedAt);
        Assert.Null(transaction.Parent);
    }

    [Theory]
    [InlineData("not json", "malformed", "JSON object")]
    [InlineData("", "malformed", "JSON object")]
    [InlineData("null", "malformed", "null")]
    [InlineData("[]", "malformed", "JSON object")]
    [InlineData("{}", "malformed", "JSON object")]
    [InlineData("""{"transaction_id":"t","customer_id":1,"amount":"12","merchant_name":"m","timestamp":1768046400}""", "malformed", "amount")]
    [InlineData("""{"transaction_id":"t","customer_id":1,"amount":NaN,"merchant_name":"m","timestamp":1768046400}""", "malformed", "amount")]
    [InlineData("""{"transaction_id":"t","customer_id":1,"amount":1e400,"merchant_name":"m","timestamp":1768046400}""", "malformed", "amount")]
    [InlineData("""{"transaction_id":"t","customer_id":1.5,"amount":1,"merchant_name":"m","timestamp":1768046400}""", "malformed", "customer_id")]
    [InlineData("""{"transaction_id":null,"customer_id":1,"amount":1,"merchant_name":"m","timestamp":1768046400}""", "malformed", "")]
    [InlineData("""{"transaction_id":"\ud800","customer_id":1,"amount":1,"merchant_name":"m","timestamp":1768046400}""", "malformed", "")]
    [InlineData("""{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"m","timestamp":"yesterday"}""", "malformed", "timestamp")]
    [InlineData("""{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"m","timestamp":1768046400000}""", "malformed", "timestamp")]
    [InlineData("""{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"m","timestamp":"2026-01-01T00:00:00.Z"}""", "malformed", "timestamp")]
    [InlineData("""{"transaction_id":" ","customer_id":1,"amount":1,"merchant_name":"m","timestamp":1768046400}""", "transaction_id", "transaction_id")]
    [InlineData("""{"transaction_id":"a\u0000b","customer_id":1,"amount":1,"merchant_name":"m","timestamp":1768046400}""", "transaction_id", "control")]
    [InlineData("""{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"","timestamp":1768046400}""", "merchant_name", "empty")]
    [InlineData("""{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"m","timestamp":1768046400,"type":"gift"}""", "type", "purchase")]
    [InlineData("""{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"m","timestamp":1768046400,"currency":"usd"}""", "currency", "capital")]
    [InlineData("""{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"m","timestamp":1768046400,"source":"Bank A"}""", "source", "a-z")]
    [InlineData("""{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"m","timestamp":1768046400,"terminal_id":"a\tb"}""", "terminal_id", "control")]
    public void What_cannot_be_read_is_sealed_with_a_reason(string payload, string check, string reason)
    {
        var rejected = Reject(payload);
        Assert.Equal(check, rejected.Check);
        Assert.Contains(reason, rejected.Reason);
        Assert.Null(rejected.Payload);
        Assert.Equal(payload, Encoding.UTF8.GetString(Key.Unseal(rejected.Sealed)));
        Assert.Equal("1768046399000-0", rejected.RecordKey);
    }

    [Theory]
    [InlineData("0", "purchase", "timestamp\":1768046400", "amount", "above zero")]
    [InlineData("-5", "purchase", "timestamp\":1768046400", "amount", "above zero")]
    [InlineData("1.005", "purchase", "timestamp\":1768046400", "amount", "two decimals")]
    [InlineData("1000000000000.00", "purchase", "timestamp\":1768046400", "amount", "12 digits")]
    [InlineData("79228162514264337593543950335", "refund", "timestamp\":1768046400", "amount", "12 digits")]
    [InlineData("5", "purchase", "timestamp\":946684799", "timestamp", "2000")]
    [InlineData("5", "purchase", "timestamp\":\"2026-01-11T12:00:01Z\"", "timestamp", "day ahead")]
    public void What_is_readable_but_wrong_is_kept_as_its_contract_fields(string amount, string type, string timestamp, string check, string reason)
    {
        var rejected = Reject(
            $$"""{"transaction_id":"t-1","customer_id":1,"amount":{{amount}},"merchant_name":"m","type":"{{type}}","email":"ada@example.com","{{timestamp}}}""");
        Assert.Equal(check, rejected.Check);
        Assert.Contains(reason, rejected.Reason);
        Assert.Equal("t-1", rejected.RecordKey);
        Assert.Null(rejected.Sealed);
        Assert.Contains("\"t-1\"", rejected.Payload);
        Assert.DoesNotContain("ada@example.com", rejected.Payload);
    }

    [Theory]
    [InlineData("999999999999.99", "purchase", "1768046400")]
    [InlineData("19.9900", "purchase", "1768046400")]
    [InlineData("-5", "refund", "1768046400")]
    [InlineData("-5", "reversal", "1768046400")]
    [InlineData("0.01", "purchase", "946684800")]
    [InlineData("0.01", "purchase", "\"2026-01-11T12:00:00Z\"")]
    public void Values_at_their_bounds_are_taken(string amount, string type, string timestamp) =>
        Read($$"""{"transaction_id":"t","customer_id":1,"amount":{{amount}},"merchant_name":"m","type":"{{type}}","timestamp":{{timestamp}}}""");

    [Fact]
    public void The_longest_texts_are_taken_and_longer_ones_are_not()
    {
        Read(Payload(new string('i', 128), new string('m', 255)));
        Assert.Equal("transaction_id", Reject(Payload(new string('i', 129), "m")).Check);
        Assert.Equal("merchant_name", Reject(Payload("i", new string('m', 256))).Check);

        static string Payload(string id, string merchant) =>
            $$"""{"transaction_id":"{{id}}","customer_id":1,"amount":1,"merchant_name":"{{merchant}}","timestamp":1768046400}""";
    }

    /// <summary>By the parser of the stream and by the contract's own serializer, which producers use.</summary>
    [Theory]
    [InlineData("2026-01-05", "2026-01-05T00:00:00Z")]
    [InlineData("2026-01-05T18:30", "2026-01-05T18:30:00Z")]
    [InlineData("2026-01-05T18:30:15", "2026-01-05T18:30:15Z")]
    [InlineData("2026-01-05 18:30:15", "2026-01-05T18:30:15Z")]
    [InlineData("2026-01-05T18:30:15Z", "2026-01-05T18:30:15Z")]
    [InlineData("2026-01-05T18:30:15.25Z", "2026-01-05T18:30:15.25Z")]
    [InlineData("2026-01-05T18:30:15.123456789Z", "2026-01-05T18:30:15.123456Z")]
    [InlineData("2026-01-05T18:30:15+02:00", "2026-01-05T16:30:15Z")]
    [InlineData("2026-01-05 18:30:15.5+0200", "2026-01-05T16:30:15.5Z")]
    [InlineData("2026-01-05 18:30:15-05", "2026-01-05T23:30:15Z")]
    public void A_timestamp_in_ISO_8601_is_taken(string text, string moment)
    {
        var payload = $$"""{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"m","timestamp":"{{text}}"}""";
        var expected = DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture).UtcDateTime;
        Assert.Equal(expected, Read(payload).Content.OccurredAt);
        Assert.Equal(expected, JsonSerializer.Deserialize(payload, ContractsJson.Default.TransactionEvent)!.Timestamp.UtcDateTime, TimeSpan.FromMicroseconds(1));
    }

    /// <summary>What would be another day elsewhere, or takes its day from the clock, is not guessed.</summary>
    [Theory]
    [InlineData("05/06/2026")]
    [InlineData("05.06.2026")]
    [InlineData("5 June 2026")]
    [InlineData("Mon, 05 Jan 2026 18:30:15 GMT")]
    [InlineData("2026/01/05")]
    [InlineData("2026-1-5")]
    [InlineData("26-01-05")]
    [InlineData("12:30")]
    [InlineData("2026-01")]
    [InlineData("2026-01-05T18")]
    [InlineData("2026-01-05T18:30:15,5Z")]
    [InlineData("2026-01-05T18:30:15 PM")]
    [InlineData(" 2026-01-05")]
    [InlineData("2026-02-30")]
    [InlineData("\u0662026-01-05")]
    public void A_timestamp_in_any_other_form_is_not_guessed(string text)
    {
        var payload = $$"""{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"m","timestamp":"{{text}}"}""";
        Assert.Equal("malformed", Reject(payload).Check);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(payload, ContractsJson.Default.TransactionEvent));
    }

    [Fact]
    public void A_negative_customer_is_nobody_an_event_may_name_and_an_alias_may_come_back_from_the_quarantine()
    {
        const string payload = """{"transaction_id":"t","customer_id":-8589934593,"amount":1,"merchant_name":"m","timestamp":1768046400}""";
        var rejected = Reject(payload);
        Assert.Equal(("customer_id", "The field customer_id is negative."), (rejected.Check, rejected.Reason));
        Assert.Contains("-8589934593", rejected.Payload);

        Assert.Null(Candidate.Read(1, "transactions:0", payload, new StreamOptions(), Now).Failed);
        Assert.Equal("customer_id", Candidate.Read(1, "transactions:0", payload.Replace("-8589934593", "-1"), new StreamOptions(), Now).Failed!.Name);
    }

    [Fact]
    public void An_entry_without_payload_is_sealed_whole()
    {
        Assert.False(reader.TryRead(new StreamEntry("1768046399000-0", [new("x", "1"), new("y", "2")]), out _, out var rejected));
        Assert.Equal("malformed", rejected.Check);
        Assert.Equal("x=1\ny=2\n", Encoding.UTF8.GetString(Key.Unseal(rejected.Sealed)));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_sealed()
    {
        byte[] payload = [.. "{\"transaction_id\":\""u8, 0xC3, 0x28, .. "\",\"customer_id\":1,\"amount\":1,\"merchant_name\":\"m\",\"timestamp\":1768046400}"u8];
        Assert.False(reader.TryRead(new StreamEntry("1768046399000-0", [new(StreamNames.PayloadField, payload)]), out _, out var rejected));
        Assert.Equal(payload, Key.Unseal(rejected.Sealed));
    }

    /// <summary>A producer may choose ids itself; they need not be times.</summary>
    [Theory]
    [InlineData("7-1")]
    [InlineData("18446744073709551615-1")]
    [InlineData("1768046406000-0")]    // Live windows go by arrival, and are not filled ahead.
    public void An_entry_id_that_is_no_time_gives_the_time_of_reading(string id)
    {
        const string payload = """{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"m","timestamp":1768046400}""";
        Assert.True(reader.TryRead(Entry(payload, id), out var transaction, out _));
        Assert.Equal(Now.UtcDateTime, transaction.ReceivedAt);
    }

    [Fact]
    public void The_clock_of_Redis_may_be_ahead_by_a_few_seconds()
    {
        const string payload = """{"transaction_id":"t","customer_id":1,"amount":1,"merchant_name":"m","timestamp":1768046400}""";
        Assert.True(reader.TryRead(Entry(payload, "1768046404000-0"), out var transaction, out _));
        Assert.Equal(Now.UtcDateTime.AddSeconds(4), transaction.ReceivedAt);
    }

    private IncomingTransaction Read(string payload)
    {
        var accepted = reader.TryRead(Entry(payload), out var transaction, out var rejected);
        Assert.True(accepted, rejected?.Reason);
        return transaction!;
    }

    private RejectedEntry Reject(string payload)
    {
        Assert.False(reader.TryRead(Entry(payload), out _, out var rejected));
        return rejected;
    }

    private static StreamEntry Entry(string payload, string id = "1768046399000-0") => new(id, [new(StreamNames.PayloadField, payload)]);
}
