using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>
/// The current key with its version. The warehouse remembers a fingerprint of the key it was pseudonymised with:
/// starting with another one would silently make every customer look changed, so it is refused.
/// </summary>
internal sealed class PiiKeyRing(NpgsqlDataSource warehouse, IOptions<PrivacyOptions> options)
{
    private PiiKey? current;

    public PiiKey Current => current ?? throw new InvalidOperationException("The PII key is known once the warehouse has been opened.");

    /// <summary>Registers the key in a new warehouse, recognises it in an older one.</summary>
    /// <exception cref="InvalidOperationException">The warehouse was pseudonymised with another key.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        const int version = 1;
        var key = new PiiKey(options.Value.PiiKey, version);
        await using (var register = warehouse.CreateCommand(
            "insert into etl.pii_key (version, fingerprint) values ($1, $2) on conflict (version) do nothing"))
        {
            register.Parameters.Add(new() { Value = version });
            register.Parameters.Add(new() { Value = key.Fingerprint });
            await register.ExecuteNonQueryAsync(cancellationToken);
        }

        // A statement of its own: it also sees what another worker registered a moment ago.
        await using var look = warehouse.CreateCommand("select fingerprint from etl.pii_key where version = $1");
        look.Parameters.Add(new() { Value = version });
        var known = (byte[]?)await look.ExecuteScalarAsync(cancellationToken);
        if (!key.Fingerprint.AsSpan().SequenceEqual(known))
            throw new InvalidOperationException(
                $"Privacy:PiiKey is not the key this warehouse was pseudonymised with (version {version}): give the former key back.");

        current = key;
    }
}
