using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Privacy;
using Fintech.Etl.Worker.Warehouse;
using Fintech.Etl.Worker.Webhooks;
using Fintech.Tests.Streaming;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Fintech.Tests.Webhooks;

/// <summary>Alerts leave the house: each at least once, and once by its key, whatever the receiver does.</summary>
public sealed class WebhookTests(Servers servers)
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYq=";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_receiver_that_fails_half_of_the_time_ends_with_each_alert_once_by_key()
    {
        const int Alerts = 200;
        var random = new Random(20_260_105);
        var accepted = new ConcurrentDictionary<string, int>();
        await using var receiver = await WebhookReceiver.StartAsync(async (request, context) =>
        {
            double dice;
            lock (random)
                dice = random.NextDouble();
            switch (dice)
            {
                case < 0.2:
                    context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                    break;
                case < 0.3:
                    await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    break;
                case < 0.4:
                    context.Abort();
                    break;
                case < 0.5:
                    // Taken, and the answer lost on its way: it comes again, with the same key.
                    accepted.AddOrUpdate(request.Id, 1, (_, times) => times + 1);
                    context.Abort();
                    break;
                default:
                    accepted.AddOrUpdate(request.Id, 1, (_, times) => times + 1);
                    break;
            }
        }, Token);

        await using var bench = await Workbench.CreateAsync(servers);
        using var worker = await StartAsync(bench, new()
        {
            ["Webhooks:Targets:0:Name"] = "flaky",
            ["Webhooks:Targets:0:Url"] = receiver.Address.ToString(),
            ["Webhooks:Targets:0:Secret"] = Secret,
            ["Webhooks:Targets:1:Name"] = "unreachable",
            ["Webhooks:Targets:1:Url"] = $"http://127.0.0.1:{ClosedPort()}/",
            ["Webhooks:Targets:1:Secret"] = Secret,
            ["Webhooks:Targets:1:MinSeverity"] = "critical",
        });
        for (var i = 0; i < Alerts; i++)
        {
            await bench.SendAsync(Workbench.Event($"high-{i}", 5_000m, customer: 7_000 + i));
            await bench.SendAsync(Workbench.Event($"medium-{i}", 3_500m, customer: 7_000 + i));
        }

        await bench.SendAsync(Workbench.Event("critical", 30_000m));
        await bench.DrainAsync();
        Assert.Equal(2 * Alerts + 1, await bench.ScalarAsync<long>("select count(*) from dw.fact_fraud_alerts"));

        await Eventually.ReadAsync(
            "every alert to be delivered", _ => bench.ScalarAsync<long>("select count(*) from etl.webhook_delivery where target = 'flaky' and status = 'delivered'"),
            delivered => delivered == Alerts + 1, Patience, Token);
        await worker.StopAsync(Token);

        Assert.Equal(
            await bench.ScalarAsync<string[]>("select array_agg(event_key order by event_key collate \"C\") from etl.webhook_delivery where target = 'flaky'"),
            accepted.Keys.Order(StringComparer.Ordinal));
        Assert.True(receiver.Requests.Count > 1.4 * Alerts, $"Only {receiver.Requests.Count} requests: the receiver did not fail half of the time.");
        Assert.Contains(accepted.Values, times => times > 1);
        Assert.All(receiver.Requests, request => Assert.True(IsSigned(request, Secret), $"Request {request.Id} is not signed."));
        Assert.All(receiver.Requests.GroupBy(request => request.Id), attempts => Assert.Single(attempts.Select(attempt => attempt.Body).Distinct()));
        Assert.Equal("unreachable critical pending", await bench.ScalarAsync<string>(
            "select string_agg(concat_ws(' ', target, transaction_id, status), ',') from etl.webhook_delivery where target = 'unreachable'"));
        Assert.StartsWith("The connection failed", await bench.ScalarAsync<string>("select last_error from etl.webhook_delivery where target = 'unreachable'"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{receiver.Requests.Count} requests for {accepted.Count} alerts, {accepted.Values.Count(times => times > 1)} of them taken more than once");
    }

    [Fact]
    public async Task The_payload_explains_the_alert_and_names_nobody()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200, Token);
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.ExecuteAsync("insert into dw.dim_customer (customer_id, first_name, last_name_mask, email_mask) values (42, 'Ada', 'L***', 'a***@***.org')");
        using var worker = await StartAsync(bench, Target(receiver.Address));
        await bench.SendAsync(Workbench.Event("t/1 \u00e9", 4_500m, merchant: "<b>Luxury</b> \"Watches\""));
        await bench.DrainAsync();
        await Eventually.IsTrueAsync("the alert to arrive", _ => Task.FromResult(!receiver.Requests.IsEmpty), Patience, Token);
        await worker.StopAsync(Token);

        var request = receiver.Requests.First();
        using var payload = JsonDocument.Parse(request.Body);
        var (root, data) = (payload.RootElement, payload.RootElement.GetProperty("data"));
        Assert.Equal(("alert.raised", 1, request.Id), (root.GetProperty("type").GetString(), root.GetProperty("version").GetInt32(), root.GetProperty("id").GetString()));
        Assert.Matches("^alert_[0-9a-f]{32}$", request.Id);
        Assert.Equal("t/1 \u00e9", data.GetProperty("transaction_id").GetString());
        Assert.Equal("<b>Luxury</b> \"Watches\"", data.GetProperty("merchant_name").GetString());
        Assert.Equal((42L, "4500.00", "high"), (data.GetProperty("customer_id").GetInt64(), data.GetProperty("amount").GetRawText(), data.GetProperty("severity").GetString()));
        Assert.Equal("high-value: amount is 4500.00 USD, the threshold is 3000 USD", data.GetProperty("explanation")[0].GetString());
        Assert.Equal("high-value", data.GetProperty("hits")[0].GetProperty("rule").GetString());
        Assert.True(data.GetProperty("committed_at").GetDateTimeOffset() >= data.GetProperty("received_at").GetDateTimeOffset());
        Assert.DoesNotMatch("Ada|L\\*|@", request.Body);
    }

    [Fact]
    public async Task Without_a_target_nothing_is_written_down()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.SendAsync(Workbench.Event("t-1", 4_500m));
        await bench.DrainAsync();
        Assert.Equal((1L, 0L), (await bench.ScalarAsync<long>("select count(*) from dw.fact_fraud_alerts"), await bench.ScalarAsync<long>("select count(*) from etl.webhook_delivery")));
    }

    /// <summary>The example of the Standard Webhooks specification.</summary>
    [Fact]
    public void The_signature_is_that_of_the_specification() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Sign(
            [Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")], "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1_614_265_330),
            "{\"test\": 2432232314}"u8));

    [Fact]
    public async Task While_a_secret_is_changed_both_are_signed_with()
    {
        const string Former = "a-former-secret-of-32-characters";
        await using var receiver = await WebhookReceiver.StartAsync(200, Token);
        using var sender = new WebhookSender(
            new WebhookTargetOptions { Url = receiver.Address.ToString(), Secret = Secret, FormerSecret = Former }, new WebhookOptions(), TimeProvider.System);
        Assert.True((await sender.SendAsync("alert_1", "{}", Token)).IsDelivered);
        Assert.True(IsSigned(receiver.Requests.Single(), Secret) && IsSigned(receiver.Requests.Single(), Former));
        Assert.False(IsSigned(receiver.Requests.Single(), "another-secret-of-32-characters!"));
    }

    [Theory]
    [InlineData(200, true, false, null)]
    [InlineData(204, true, false, null)]
    [InlineData(302, false, false, "The receiver answered 302; redirects are not followed.")]
    [InlineData(401, false, false, "The receiver answered 401.")]
    [InlineData(410, false, true, "The receiver answered 410: it wants no more of it.")]
    [InlineData(500, false, false, "The receiver answered 500.")]
    public async Task An_answer_is_understood_by_its_status(int status, bool delivered, bool gone, string? error)
    {
        await using var elsewhere = await WebhookReceiver.StartAsync(200, Token);
        await using var receiver = await WebhookReceiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = elsewhere.Address.ToString();
            context.Response.Headers.RetryAfter = "120";
            return Task.CompletedTask;
        }, Token);
        using var sender = new WebhookSender(new WebhookTargetOptions { Url = receiver.Address.ToString(), Secret = Secret }, new WebhookOptions(), TimeProvider.System);

        var answer = await sender.SendAsync("alert_1", "{}", Token);

        Assert.Equal((delivered, gone, error), (answer.IsDelivered, answer.Gone, answer.Error));
        Assert.Equal(status is 401 or 500 ? TimeSpan.FromSeconds(120) : null, answer.RetryAfter);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public void The_pause_doubles_is_scattered_and_never_shorter_than_the_receiver_wishes()
    {
        var schedule = new RetrySchedule(TimeSpan.FromSeconds(5), TimeSpan.FromHours(1), new Random(7));
        for (var failures = 1; failures < 40; failures++)
        {
            var full = TimeSpan.FromSeconds(Math.Min(3_600, 5 * Math.Pow(2, failures - 1)));
            Assert.InRange(schedule.After(failures, null), full / 2, full);
        }

        Assert.True(Enumerable.Range(0, 20).Select(_ => schedule.After(3, null)).Distinct().Count() > 10);
        Assert.Equal(TimeSpan.FromMinutes(5), schedule.After(1, TimeSpan.FromMinutes(5)));
        Assert.Equal(RetrySchedule.LongestWish, schedule.After(1, TimeSpan.FromDays(400)));
        Assert.True(schedule.After(1, TimeSpan.FromSeconds(-5)) >= TimeSpan.FromSeconds(2.5));
    }

    [Fact]
    public async Task What_nobody_takes_becomes_a_dead_letter_and_comes_back_when_asked_for()
    {
        var status = 500;
        await using var receiver = await WebhookReceiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = Volatile.Read(ref status);
            return Task.CompletedTask;
        }, Token);
        await using var bench = await Workbench.CreateAsync(servers);
        using var worker = await StartAsync(bench, Target(receiver.Address, ("GiveUpAfter", "00:00:01")));
        await bench.SendAsync(Workbench.Event("t-1", 5_000m));
        await bench.DrainAsync();
        await StatusAsync("dead");
        Assert.True(receiver.Requests.Count > 1);
        Assert.Equal("The receiver answered 500.", await bench.ScalarAsync<string>("select last_error from etl.webhook_delivery"));

        Volatile.Write(ref status, 200);
        var output = new StringWriter();
        Assert.Equal(0, await WebhookCommand.RetryAsync(bench.Warehouse.DataSource, null, "cases", "tester", output, Token));
        Assert.Equal("1 dead letters are tried again.", output.ToString().Trim());
        await StatusAsync("delivered");
        await worker.StopAsync(Token);
        Assert.Single(receiver.Keys.Distinct());
        Assert.Equal("tester cases 1", await bench.ScalarAsync<string>("select concat_ws(' ', actor, subject, detail ->> 'rows') from etl.audit where action = 'webhooks retry'"));

        Task StatusAsync(string wanted) => Eventually.ReadAsync(
            $"the alert to be {wanted}", _ => bench.ScalarAsync<string>("select status from etl.webhook_delivery"), seen => seen == wanted, Patience, Token);
    }

    [Fact]
    public async Task Old_rows_are_removed_and_those_of_a_target_that_is_gone_given_up()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.ExecuteAsync("""
            insert into etl.webhook_delivery (target, transaction_id, source_system, event_key, payload, status, tried_since, decided_at) values
                ('cases', 'new', 's', 'k', '{}', 'delivered', now(), now() - interval '6 days'),
                ('cases', 'old', 's', 'k', '{}', 'delivered', now(), now() - interval '8 days'),
                ('cases', 'dead', 's', 'k', '{}', 'dead', now(), now() - interval '89 days'),
                ('cases', 'dead long', 's', 'k', '{}', 'dead', now(), now() - interval '91 days'),
                ('cases', 'waiting', 's', 'k', '{}', 'pending', now() - interval '9 days', null),
                ('gone', 'orphan', 's', 'k', '{}', 'pending', now() - interval '4 days', null),
                ('gone', 'patient', 's', 'k', '{}', 'pending', now() - interval '2 days', null)
            """);
        var options = new WebhookOptions { Targets = [new() { Name = "cases", Url = "https://cases.example", Secret = Secret }] };

        await new Outbox(bench.Warehouse.DataSource).RegisterAsync([.. options.Targets], Token);
        Assert.Equal((1L, 2L), await new Outbox(bench.Warehouse.DataSource).TidyAsync(options, Token));

        Assert.Equal("dead dead, new delivered, orphan dead, patient pending, waiting pending", await bench.ScalarAsync<string>(
            "select string_agg(transaction_id || ' ' || status, ', ' order by transaction_id) from etl.webhook_delivery"));
        Assert.Equal([("cases", 1L, 1L), ("gone", 1L, 1L)],
            (await new Outbox(bench.Warehouse.DataSource).BacklogAsync(Token)).Select(line => (line.Target, line.Pending, line.Dead)).Order());
    }

    /// <summary>One that only scores, one that is being set up, one with targets of its own: each registers what it has.</summary>
    [Fact]
    public async Task A_worker_without_targets_takes_none_from_others_and_one_that_nobody_names_is_gone_in_its_time()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var outbox = new Outbox(bench.Warehouse.DataSource);
        WebhookTargetOptions cases = new() { Name = "cases", Url = "https://cases.example", Secret = Secret };
        await outbox.RegisterAsync([cases, new() { Name = "on-call", Url = "https://on-call.example", Secret = Secret }], Token);
        await outbox.RegisterAsync([], Token);
        await bench.SendAsync(Workbench.Event("t-1", 5_000m));
        await bench.DrainAsync();
        Assert.Equal("cases, on-call", await bench.ScalarAsync<string>("select string_agg(target, ', ' order by target) from etl.webhook_delivery"));

        await bench.ExecuteAsync("update etl.webhook_target set seen_at = now() - interval '61 minutes'");
        await outbox.RegisterAsync([cases], Token);
        Assert.Equal("cases", await bench.ScalarAsync<string>("select string_agg(target, ', ') from etl.webhook_target where seen_at > now() - interval '1 minute'"));
        Assert.Equal(1L, await bench.ScalarAsync<long>("select count(*) from etl.webhook_target"));
    }

    [Fact]
    public async Task An_erased_customer_is_a_number_of_nobody_in_the_outbox_too()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await new Outbox(bench.Warehouse.DataSource).RegisterAsync([new() { Name = "cases", Url = "https://cases.example", Secret = Secret }], Token);
        await bench.SendAsync(Workbench.Event("t-1", 5_000m, customer: 770_077_007));
        await bench.DrainAsync();
        Assert.Equal(770_077_007, await bench.ScalarAsync<long>("select (payload #>> '{data,customer_id}')::bigint from etl.webhook_delivery"));

        await new Erasure(bench.Warehouse.DataSource, bench.Keys, Workbench.Wrap(new BatchOptions())).RunAsync(770_077_007, rehearse: false, "tester", Token);

        Assert.True(await bench.ScalarAsync<long>("select (payload #>> '{data,customer_id}')::bigint from etl.webhook_delivery") < 0);
    }

    [Fact]
    public async Task The_dashboard_sees_whether_it_was_delivered_and_not_what()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        Assert.Equal("f t f", await bench.ScalarAsync<string>("""
            select concat_ws(' ', has_column_privilege('fintech_dashboard', 'etl.webhook_delivery', 'payload', 'select'),
                has_column_privilege('fintech_dashboard', 'etl.webhook_delivery', 'status', 'select'),
                has_table_privilege('fintech_dashboard', 'etl.webhook_delivery', 'insert, update, delete'))
            """));
    }

    [Theory]
    [InlineData("http://alerts.example/", "Webhooks:Targets:0:Url must begin with https://")]
    [InlineData("alerts.example", "Webhooks:Targets:0:Url must be an absolute address")]
    [InlineData("ftp://alerts.example", "Webhooks:Targets:0:Url must be an absolute address")]
    [InlineData("https://me:secret@alerts.example", "Webhooks:Targets:0:Url must have no user name")]
    [InlineData("https://alerts.example", "Webhooks:Targets:0:Secret must be", "short")]
    [InlineData("https://alerts.example", "Webhooks:Targets:0:Secret must be", "whsec_not base64 but long enough for it")]
    [InlineData("https://alerts.example", "Webhooks:Targets:0:MinSeverity is 'urgent'", Secret, "urgent")]
    public void A_faulty_target_is_named_and_its_secrets_are_not(string url, string fault, string secret = Secret, string severity = "high")
    {
        var options = new WebhookOptions { Targets = [new() { Url = url, Secret = secret, MinSeverity = severity }] };
        var found = Assert.Single(options.Validate(new(options)));
        Assert.StartsWith(fault, found.ErrorMessage);
        Assert.DoesNotContain("secret@", found.ErrorMessage!);
        Assert.DoesNotContain(secret, found.ErrorMessage!);
    }

    [Fact]
    public void Two_targets_of_one_host_need_names_and_loopback_needs_no_certificate()
    {
        var same = new WebhookOptions { Targets = [new() { Url = "https://a.example/1", Secret = Secret }, new() { Url = "https://a.example/2", Secret = Secret }] };
        Assert.StartsWith("Webhooks:Targets:1:Name is 'a.example'", Assert.Single(same.Validate(new(same))).ErrorMessage);
        var local = new WebhookOptions { Targets = [new() { Url = "http://localhost:8080/x", Secret = Secret }, new() { Url = "http://[::1]/x", Secret = Secret }] };
        Assert.Empty(local.Validate(new(local)));
    }

    /// <summary>As the sample of docs/webhooks.md does it.</summary>
    private static bool IsSigned(Received request, string secret)
    {
        var key = secret.StartsWith("whsec_", StringComparison.Ordinal) ? Convert.FromBase64String(secret["whsec_".Length..]) : Encoding.UTF8.GetBytes(secret);
        var age = DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(long.Parse(request.Timestamp, CultureInfo.InvariantCulture));
        var expected = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{request.Id}.{request.Timestamp}.{request.Body}"));
        return age < TimeSpan.FromMinutes(5) && request.Signature.Split(' ')
            .Where(part => part.StartsWith("v1,", StringComparison.Ordinal))
            .Any(part => CryptographicOperations.FixedTimeEquals(Convert.FromBase64String(part[3..]), expected));
    }

    private static Dictionary<string, string?> Target(Uri address, params (string Key, string Value)[] settings)
    {
        var configuration = new Dictionary<string, string?>
        {
            ["Webhooks:Targets:0:Name"] = "cases",
            ["Webhooks:Targets:0:Url"] = address.ToString(),
            ["Webhooks:Targets:0:Secret"] = Secret,
        };
        foreach (var (key, value) in settings)
            configuration[$"Webhooks:{key}"] = value;
        return configuration;
    }

    /// <summary>A worker that only delivers; returns when the targets are registered.</summary>
    private static async Task<IHost> StartAsync(Workbench bench, Dictionary<string, string?> configuration)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Webhooks:Timeout"] = "00:00:01", ["Webhooks:PollInterval"] = "00:00:00.05",
            ["Webhooks:MinRetryDelay"] = "00:00:00.05", ["Webhooks:MaxRetryDelay"] = "00:00:00.5",
        });
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.Services.AddSingleton(bench.Warehouse.DataSource);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<WarehouseReady>();
        builder.AddWebhooks();
        var worker = builder.Build();
        worker.Services.GetRequiredService<WarehouseReady>().Set();
        await worker.StartAsync(Token);
        await Eventually.IsTrueAsync(
            "the targets to be registered", async _ => await bench.ScalarAsync<long>("select count(*) from etl.webhook_target") > 0, Patience, Token);
        return worker;
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
