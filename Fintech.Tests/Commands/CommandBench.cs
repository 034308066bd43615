using Fintech.Etl.Worker.Audit;
using Fintech.Etl.Worker.Commands;
using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Streaming;
using Fintech.Etl.Worker.Warehouse;
using Fintech.Tests.Quarantine;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fintech.Tests.Commands;

/// <summary>The worker's side of <c>etl.command</c> on a warehouse whose quarantine is filled.</summary>
internal sealed class CommandBench(QuarantineBench bench, RuleSetStore rules, CommandService service) : IAsyncDisposable
{
    private readonly CancellationTokenSource ended = new();
    private Task working = Task.CompletedTask;

    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    public QuarantineBench Quarantine => bench;

    public static async Task<CommandBench> CreateAsync(Servers servers)
    {
        var bench = await QuarantineBench.CreateAsync(servers);
        var batch = bench.Batch;
        var options = Microsoft.Extensions.Options.Options.Create(batch.Options);
        var warehouse = batch.Warehouse.DataSource;
        var passes = await batch.CreatePassAsync();
        var audit = new SourceAudit(batch.Source, warehouse, passes, await batch.OpenKeysAsync(), options, new AuditTelemetry(batch.Meters), batch.Time);
        var rules = new RuleSetStore(
            warehouse, Microsoft.Extensions.Options.Options.Create(new RulesOptions()), Microsoft.Extensions.Options.Options.Create(new StreamOptions()),
            TimeProvider.System, NullLogger<RuleSetStore>.Instance);
        await rules.ApplyConfigurationAsync(Token);
        var book = new CommandBook(warehouse, await batch.OpenKeysAsync());
        var executor = new CommandExecutor(
            passes, audit, bench.Book, await bench.CreateReplayAsync(), new SnoozeBook(warehouse, TimeProvider.System), new RequestedRules(new RuleSetBook(warehouse), rules, warehouse, TimeProvider.System), book, warehouse, options);
        return new CommandBench(bench, rules, new CommandService(book, executor, new WarehouseReady(), warehouse, TimeProvider.System, NullLogger<CommandService>.Instance));
    }

    public async Task AskAsync(string name, string arguments)
    {
        await using var ask = bench.Batch.Warehouse.DataSource.CreateCommand("insert into etl.command (name, arguments, requested_by) values ($1, $2::jsonb, 'mia')");
        ask.Parameters.Add(new() { Value = name });
        ask.Parameters.Add(new() { Value = arguments });
        await ask.ExecuteNonQueryAsync(Token);
    }

    public Task<int> WorkAsync() => service.WorkAsync(Token);

    /// <summary>From now on, until the bench is left.</summary>
    public void Start() => working = Task.Run(async () =>
    {
        while (!ended.IsCancellationRequested)
        {
            await service.WorkAsync(CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(100), ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    });

    public Task<List<string>> AnswersAsync() =>
        bench.Batch.ListAsync("select concat_ws('|', name, outcome, answer ->> 'message') from etl.command where finished_at is not null order by command_id");

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await working;
        ended.Dispose();
        service.Dispose();
        rules.Dispose();
        await bench.DisposeAsync();
    }
}
