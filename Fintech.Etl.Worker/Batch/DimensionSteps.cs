using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Loads customers and merchants of one pass while they are still being read.</summary>
internal sealed class DimensionSteps(DimensionReading reading, NpgsqlConnection warehouse, NpgsqlTransaction transaction, PassContext pass, PassReport report)
{
    /// <returns>The keys of every customer, where this pass has just introduced them all.</returns>
    public async Task<CustomerKeys?> LoadCustomersAsync(CancellationToken cancellationToken)
    {
        if (reading.Customers is null)
            return null;

        using var span = BatchTelemetry.Activities.StartActivity("load customers");
        report.Doing = "loading the customers";
        var clock = new StageClock();
        var rows = 0L;
        await using var load = await CustomerLoad.BeginAsync(warehouse, transaction, pass, cancellationToken);
        await foreach (var chunk in reading.Customers.AllAsync(cancellationToken))
        {
            clock.Extracted();
            await load.AddAsync(chunk, cancellationToken);
            clock.Loaded();
            rows += chunk.Count;
        }

        clock.Extracted();
        var versions = await load.CompleteAsync(rehash: false, cancellationToken);
        await load.RestrictAndCheckAsync(cancellationToken);
        clock.Loaded();
        report.Add("extract", "customers", rows, null, reading.Clock.ExtractSeconds);
        report.Add("transform", "customers pseudonymised", rows, null, reading.Clock.TransformSeconds);
        report.Add("load", $"customer versions, {load.Name}", versions, null, clock.LoadSeconds);
        span?.SetTag("fintech.etl.rows", rows);
        return load.Keys;
    }

    public async Task LoadMerchantsAsync(CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("load merchants");
        report.Doing = "loading the merchants";
        var clock = new StageClock();
        var rows = 0L;
        await using var load = await MerchantLoad.BeginAsync(warehouse, pass, cancellationToken);
        await foreach (var chunk in reading.Merchants.AllAsync(cancellationToken))
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
