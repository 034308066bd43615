using Fintech.Etl.Worker.Batch.Copy;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Customers and merchants of one pass: each is read, transformed and loaded at the same time, a few thousand rows apart.</summary>
internal sealed class DimensionSteps(
    SourceSnapshot snapshot, MerchantFeed merchants, NpgsqlConnection warehouse, NpgsqlTransaction transaction, PassContext pass, Transform transform, PassReport report)
{
    private static readonly ParallelOptions TwoAtOnce = new() { MaxDegreeOfParallelism = 2 };

    public async Task RunAsync(CustomerChoice customers, CancellationToken cancellationToken)
    {
        // Another server has time for the merchants while the customers are loaded.
        await using var staged = ReadAhead<StagedMerchant>.Begin(StageMerchantsAsync, cancellationToken);
        if (!customers.IsNothing)
            await LoadCustomersAsync(customers, cancellationToken);
        await LoadMerchantsAsync(staged, cancellationToken);
    }

    private async Task LoadCustomersAsync(CustomerChoice choice, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("load customers");
        report.Doing = "loading the customers";
        var (reading, loading) = (new StageClock(), new StageClock());
        var rows = 0L;
        await using var load = await CustomerLoad.BeginAsync(warehouse, transaction, pass, cancellationToken);
        await using var read = ReadAhead<CustomerRow>.Begin((chunks, token) => snapshot.ReadCustomersAsync(choice, chunks, token), cancellationToken);

        // Hashed where they are read, ahead of the load: raw names and addresses do not even reach the next step.
        await using var staged = ReadAhead<StagedCustomer>.Begin(async (chunks, token) =>
        {
            var hashed = new StagedCustomer[ChunkWriter<CustomerRow>.Rows];
            await foreach (var chunk in read.AllAsync(token))
            {
                reading.Extracted();
                Parallel.For(0, chunk.Count, TwoAtOnce, i => hashed[i] = transform.Customer(chunk[i]));
                for (var i = 0; i < chunk.Count; i++)
                {
                    if (!pass.Privacy.Erased.Contains(hashed[i].CustomerId))
                        await chunks.AddAsync(hashed[i], token);
                }

                reading.Transformed();
            }
        }, cancellationToken);
        await foreach (var chunk in staged.AllAsync(cancellationToken))
        {
            loading.Extracted();
            await load.AddAsync(chunk, cancellationToken);
            loading.Loaded();
            rows += chunk.Count;
        }

        loading.Extracted();
        var versions = await load.CompleteAsync(rehash: false, cancellationToken);
        await load.RestrictAndCheckAsync(cancellationToken);
        loading.Loaded();
        report.Add("extract", "customers", rows, null, reading.ExtractSeconds);
        report.Add("transform", "customers pseudonymised", rows, null, reading.TransformSeconds);
        report.Add("load", $"customer versions, {load.Name}", versions, null, loading.LoadSeconds);
        span?.SetTag("fintech.etl.rows", rows);
    }

    private async Task StageMerchantsAsync(ChunkWriter<StagedMerchant> chunks, CancellationToken cancellationToken)
    {
        await foreach (var document in merchants(cancellationToken))
            await chunks.AddAsync(transform.Merchant(document), cancellationToken);
    }

    private async Task LoadMerchantsAsync(ReadAhead<StagedMerchant> staged, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("load merchants");
        report.Doing = "loading the merchants";
        var clock = new StageClock();
        var rows = 0L;
        await using var load = await MerchantLoad.BeginAsync(warehouse, pass, cancellationToken);
        await foreach (var chunk in staged.AllAsync(cancellationToken))
        {
            clock.Extracted();
            await load.AddAsync(chunk, cancellationToken);
            clock.Loaded();
            rows += chunk.Count;
        }

        clock.Extracted();
        var versions = await load.CompleteAsync(cancellationToken);
        clock.Loaded();
        report.Add("extract", "merchants", rows, null, clock.ExtractSeconds);
        report.Add("load", "merchant versions", versions, null, clock.LoadSeconds);
        span?.SetTag("fintech.etl.rows", rows);
    }
}
