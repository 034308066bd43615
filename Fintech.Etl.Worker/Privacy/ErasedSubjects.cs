using System.Collections.Concurrent;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>
/// Who was erased, known by keyed hashes of their ids only, and the number that stands for each of them. Where an id enters the
/// warehouse it is looked up here, so that nothing behind that point ever meets the person's own.
/// </summary>
internal sealed class ErasedSubjects
{
    /// <summary>Ids whose answer is remembered: a ledger repeats its customers, and a hash for every transaction would be felt.</summary>
    private const int MostRemembered = 1_000_000;

    public static readonly ErasedSubjects None = new(null, [], 0);

    private readonly PiiKey? key;
    private readonly Dictionary<string, long> aliases;
    private readonly ConcurrentDictionary<long, long> remembered = new();

    private ErasedSubjects(PiiKey? key, Dictionary<string, long> aliases, long generation) =>
        (this.key, this.aliases, Generation) = (key, aliases, generation);

    /// <summary>Grows with every erasure.</summary>
    public long Generation { get; }

    public static async Task<ErasedSubjects> LoadAsync(NpgsqlConnection connection, PiiKey key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select subject_hash, alias, erasure_id from etl.erased_subject", connection) { CommandTimeout = WriterPatience.Seconds };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var aliases = new Dictionary<string, long>(StringComparer.Ordinal);
        var generation = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            aliases.Add(Convert.ToHexString((byte[])reader[0]), reader.GetInt64(1));
            generation = Math.Max(generation, reader.GetInt64(2));
        }

        return aliases.Count == 0 ? None : new(key, aliases, generation);
    }

    /// <summary>For who writes what somebody typed: nobody else is erased until the transaction of the connection ends, so what is written is looked at by one of the two.</summary>
    public static async Task<ErasedSubjects> HoldAsync(NpgsqlConnection connection, PiiKey key, CancellationToken cancellationToken)
    {
        await using (var hold = new NpgsqlCommand("lock table etl.erased_subject in share mode", connection))
            await hold.ExecuteNonQueryAsync(cancellationToken);
        return await LoadAsync(connection, key, cancellationToken);
    }

    public bool Contains(long customerId) => AliasOf(customerId) != customerId;

    /// <returns>The alias of somebody erased; of anybody else the id itself.</returns>
    public long AliasOf(long customerId)
    {
        if (aliases.Count == 0)
            return customerId;
        if (remembered.TryGetValue(customerId, out var known))
            return known;

        if (remembered.Count >= MostRemembered)
            remembered.Clear();
        var alias = aliases.GetValueOrDefault(Convert.ToHexString(key!.HashSubject(customerId)), customerId);
        remembered[customerId] = alias;
        return alias;
    }
}
