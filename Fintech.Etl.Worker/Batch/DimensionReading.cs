using Fintech.Etl.Worker.Batch.Copy;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Customers and merchants on their way, a few thousand rows ahead of the load. Customers are pseudonymised where they are read: raw
/// names and addresses do not even reach the next step.
/// </summary>
internal sealed class DimensionReading : IAsyncDisposable
{
    private static readonly ParallelOptions TwoAtOnce = new() { MaxDegreeOfParallelism = 2 };

    private readonly PassContext pass;
    private readonly Transform transform;
    private readonly ReadAhead<CustomerRow>? raw;

    private DimensionReading(
        SourceSnapshot snapshot, MerchantFeed merchants, PassContext pass, Transform transform, CustomerChoice choice, CancellationToken cancellationToken)
    {
        (this.pass, this.transform) = (pass, transform);
        Merchants = ReadAhead<StagedMerchant>.Begin(async (chunks, token) =>
        {
            await foreach (var document in merchants(token))
                await chunks.AddAsync(transform.Merchant(document), token);
        }, cancellationToken);
        if (choice.IsNobody)
            return;

        raw = ReadAhead<CustomerRow>.Begin((chunks, token) => snapshot.ReadCustomersAsync(choice, chunks, token), cancellationToken);
        Customers = ReadAhead<StagedCustomer>.Begin(PseudonymiseAsync, cancellationToken);
    }

    /// <summary>Null where nobody has to be read.</summary>
    public ReadAhead<StagedCustomer>? Customers { get; }

    public ReadAhead<StagedMerchant> Merchants { get; }

    /// <summary>Completes once the snapshot is free for other questions, however the reading of customers ended.</summary>
    public Task CustomersRead => raw?.Ended ?? Task.CompletedTask;

    /// <summary>What reading and pseudonymising the customers took.</summary>
    public StageClock Clock { get; } = new();

    /// <summary>Reads from now on.</summary>
    public static DimensionReading Begin(
        SourceSnapshot snapshot, MerchantFeed merchants, PassContext pass, Transform transform, CustomerChoice choice, CancellationToken cancellationToken) =>
        new(snapshot, merchants, pass, transform, choice, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Customers is not null)
            await Customers.DisposeAsync();
        if (raw is not null)
            await raw.DisposeAsync();
        await Merchants.DisposeAsync();
    }

    private async Task PseudonymiseAsync(ChunkWriter<StagedCustomer> chunks, CancellationToken cancellationToken)
    {
        var hashed = new StagedCustomer[ChunkWriter<CustomerRow>.Rows];
        await foreach (var chunk in raw!.AllAsync(cancellationToken))
        {
            Clock.Extracted();
            Parallel.For(0, chunk.Count, TwoAtOnce, i => hashed[i] = transform.Customer(chunk[i]));
            for (var i = 0; i < chunk.Count; i++)
            {
                if (!pass.Privacy.Erased.Contains(hashed[i].CustomerId))
                    await chunks.AddAsync(hashed[i], cancellationToken);
            }

            Clock.Transformed();
        }
    }
}
