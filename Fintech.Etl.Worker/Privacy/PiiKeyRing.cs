using System.Data;
using System.Security.Cryptography;
using Fintech.Etl.Worker.Batch;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>
/// The current key with its version, and during a rotation the one before it. The warehouse remembers a fingerprint of every key it was
/// pseudonymised with: starting with another one would silently make every customer look changed, so it is refused.
/// </summary>
internal sealed class PiiKeyRing(NpgsqlDataSource warehouse, IOptions<PrivacyOptions> options)
{
    private PiiKey? current;

    public PiiKey Current => current ?? throw new InvalidOperationException("The PII key is known once the warehouse has been opened.");

    /// <summary>The key before the current one, where it is configured.</summary>
    public PiiKey? Former { get; private set; }

    /// <summary>Registers the key in a new warehouse, recognises it in an older one, and begins a rotation where the former key is given beside a new one.</summary>
    /// <exception cref="InvalidOperationException">The warehouse was pseudonymised with another key.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        if (await NewestAsync(connection, cancellationToken) is not { } newest)
        {
            await RegisterAsync(connection, Key(1), RandomNumberGenerator.GetBytes(PiiKey.CarriedBytes), isRotation: false, cancellationToken);
            newest = (await NewestAsync(connection, cancellationToken))!;
        }

        if (!newest.Is(Key(newest.Version)))
            newest = await BeginRotationAsync(connection, newest, cancellationToken);
        if (newest.Carried is null)
            newest = await CarryAsync(connection, newest, cancellationToken);

        var carried = Key(newest.Version).Unseal(newest.Carried);
        var former = await FormerAsync(connection, newest, carried, cancellationToken);
        (current, Former) = (new PiiKey(options.Value.PiiKey, newest.Version, carried), former);
    }

    /// <summary>For a pass that begins: another worker may have begun or finished a rotation meanwhile.</summary>
    /// <returns>The former key while rows of it are still to be re-hashed, else null.</returns>
    /// <exception cref="BatchException">There is a newer key than this worker's.</exception>
    public async Task<PiiKey?> FormerInUseAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var newest = (await NewestAsync(connection, cancellationToken))!;
        if (!newest.Is(Current))
            throw new BatchException($"This warehouse was rotated to key version {newest.Version}, and this worker has version {Current.Version}: start it again with the new Privacy:PiiKey.");
        return newest.IsRotated ? null : Former;
    }

    /// <summary>Opens what was sealed under the current or the former key.</summary>
    /// <exception cref="CryptographicException">Sealed under neither, or tampered with.</exception>
    public byte[] Unseal(ReadOnlySpan<byte> sealedBytes) =>
        (Former is { } former && PiiKey.VersionOf(sealedBytes) == former.Version ? former : Current).Unseal(sealedBytes);

    private PiiKey Key(int version) => new(options.Value.PiiKey, version);

    private async Task<KeyRow> BeginRotationAsync(NpgsqlConnection connection, KeyRow newest, CancellationToken cancellationToken)
    {
        if (await VersionOfAsync(connection, Key(0), cancellationToken) is { } old)
            throw new InvalidOperationException($"Privacy:PiiKey is the key of version {old}; this warehouse was rotated to version {newest.Version}: give its key.");
        if (options.Value.FormerKey is not { } secret || !newest.Is(new PiiKey(secret, newest.Version)))
            throw new InvalidOperationException(
                $"Privacy:PiiKey is not the key this warehouse was pseudonymised with (version {newest.Version}): give the former key back."
                + " To rotate to a new key, set Privacy:FormerKey to the former one beside it and run rotate-key.");
        if (!newest.IsRotated)
            throw new InvalidOperationException($"The rotation to key version {newest.Version} is not finished: run rotate-key with its key before the next one begins.");

        if (newest.Carried is null)
            newest = await CarryAsync(connection, newest, cancellationToken);
        var carried = new PiiKey(secret, newest.Version).Unseal(newest.Carried);
        await RegisterAsync(connection, Key(newest.Version + 1), carried, isRotation: true, cancellationToken);
        newest = (await NewestAsync(connection, cancellationToken))!;
        return newest.Is(Key(newest.Version)) ? newest
            : throw new InvalidOperationException($"Another worker began a rotation to another key just now (version {newest.Version}): give all of them the same one.");
    }

    private async Task<PiiKey?> FormerAsync(NpgsqlConnection connection, KeyRow newest, byte[] carried, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(options.Value.FormerKey))
            return newest.IsRotated ? null : throw new InvalidOperationException(
                $"The rotation to key version {newest.Version} is not finished: Privacy:FormerKey, the key of version {newest.Version - 1}, is needed until rotate-key has ended.");

        var former = new PiiKey(options.Value.FormerKey, newest.Version - 1, carried);
        return await VersionOfAsync(connection, former, cancellationToken) == former.Version ? former : throw new InvalidOperationException(
            newest.Version == 1
                ? "Privacy:FormerKey is given, but this warehouse has known one key only: remove it."
                : $"Privacy:FormerKey is not the key of version {newest.Version - 1}.");
    }

    /// <summary>A key that was registered before there was a carried secret gets one.</summary>
    private async Task<KeyRow> CarryAsync(NpgsqlConnection connection, KeyRow newest, CancellationToken cancellationToken)
    {
        var holder = newest.Is(Key(newest.Version)) ? Key(newest.Version) : new PiiKey(options.Value.FormerKey!, newest.Version);
        await using var carry = new NpgsqlCommand("update etl.pii_key set carried = $2 where version = $1 and carried is null", connection);
        carry.Parameters.Add(new() { Value = newest.Version });
        carry.Parameters.Add(new() { Value = holder.Seal(RandomNumberGenerator.GetBytes(PiiKey.CarriedBytes)) });
        await carry.ExecuteNonQueryAsync(cancellationToken);
        return (await NewestAsync(connection, cancellationToken))!;
    }

    /// <summary>Does nothing where another worker was quicker: whoever asks reads what is there then.</summary>
    private static async Task RegisterAsync(NpgsqlConnection connection, PiiKey key, byte[] carried, bool isRotation, CancellationToken cancellationToken)
    {
        await using var register = new NpgsqlCommand("""
            insert into etl.pii_key (version, fingerprint, carried, rotated_at)
            values ($1, $2, $3, case when $4 then null else clock_timestamp() end)
            on conflict (version) do nothing
            """, connection);
        register.Parameters.Add(new() { Value = key.Version });
        register.Parameters.Add(new() { Value = key.Fingerprint });
        register.Parameters.Add(new() { Value = key.Seal(carried) });
        register.Parameters.Add(new() { Value = isRotation });
        await register.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<int?> VersionOfAsync(NpgsqlConnection connection, PiiKey key, CancellationToken cancellationToken)
    {
        await using var look = new NpgsqlCommand("select version from etl.pii_key where fingerprint = $1", connection);
        look.Parameters.Add(new() { Value = key.Fingerprint });
        return (int?)await look.ExecuteScalarAsync(cancellationToken);
    }

    private static async Task<KeyRow?> NewestAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var look = new NpgsqlCommand(
            "select version, fingerprint, carried, rotated_at is not null from etl.pii_key order by version desc limit 1", connection);
        await using var reader = await look.ExecuteReaderAsync(CommandBehavior.SingleRow, cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(reader.GetInt32(0), (byte[])reader[1], reader[2] as byte[], reader.GetBoolean(3))
            : null;
    }

    private sealed record KeyRow(int Version, byte[] Fingerprint, byte[]? Carried, bool IsRotated)
    {
        public bool Is(PiiKey key) => key.Fingerprint.AsSpan().SequenceEqual(Fingerprint);
    }
}
