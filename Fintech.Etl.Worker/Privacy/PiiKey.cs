using System.Security.Cryptography;
using System.Text;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>
/// The key under which personal data is pseudonymised. Purposes get keys of their own by HKDF, so that a hash of a
/// last name says nothing about an equal e-mail, and neither about what is sealed.
/// </summary>
internal sealed class PiiKey
{
    /// <summary>Bits a key must have at least: PCI DSS 4.0, 3.5.1.1 asks for keyed hashes with keys of full strength.</summary>
    public const int MinimumBytes = 32;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly ThreadLocal<IncrementalHash> lastNames;
    private readonly ThreadLocal<IncrementalHash> emails;
    private readonly ThreadLocal<IncrementalHash> rows;
    private readonly byte[] sealKey;

    /// <param name="secret">The value of <c>Privacy:PiiKey</c>, at least 32 bytes as UTF-8.</param>
    /// <param name="version">Counts up with each rotation; stored beside every hash.</param>
    /// <exception cref="ArgumentException">The secret is too short.</exception>
    public PiiKey(string secret, int version)
    {
        var master = Encoding.UTF8.GetBytes(secret);
        if (master.Length < MinimumBytes)
            throw new ArgumentException($"Privacy:PiiKey has {master.Length} bytes; at least {MinimumBytes} are needed.", nameof(secret));

        Version = version;
        lastNames = Hashing("last-name");
        emails = Hashing("email");
        rows = Hashing("row");
        sealKey = Derive("seal");
        Fingerprint = Derive("fingerprint");

        byte[] Derive(string purpose) =>
            HKDF.DeriveKey(HashAlgorithmName.SHA256, master, 32, info: Encoding.UTF8.GetBytes($"fintech/{purpose}"));

        // Kept and used again by each thread: setting a key up takes longer than hashing a name under it.
        ThreadLocal<IncrementalHash> Hashing(string purpose)
        {
            var key = Derive(purpose);
            return new ThreadLocal<IncrementalHash>(() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key));
        }
    }

    public int Version { get; }

    /// <summary>Recognises the key without revealing it.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>HMAC-SHA-256 of the trimmed name; null stays null, so that a missing value is seen as missing.</summary>
    public byte[]? HashLastName(string? lastName) => lastName is null ? null : Hash(lastNames, lastName.Trim());

    /// <summary>HMAC-SHA-256 of the trimmed, lower-case address: the same mailbox gives the same hash.</summary>
    public byte[]? HashEmail(string? email) => email is null ? null : Hash(emails, email.Trim().ToLowerInvariant());

    /// <summary>Keyed hash of a whole row, for change detection only.</summary>
    public byte[] HashRow(string row) => Hash(rows, row);

    /// <summary>Encrypts what could not be parsed, so could not be pseudonymised. AES-256-GCM: nonce (12), ciphertext, tag (16).</summary>
    public byte[] Seal(ReadOnlySpan<byte> plain)
    {
        var result = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = result.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(sealKey, TagBytes);
        aes.Encrypt(nonce, plain, result.AsSpan(NonceBytes, plain.Length), result.AsSpan(NonceBytes + plain.Length));
        return result;
    }

    /// <exception cref="CryptographicException">Sealed under another key, or tampered with.</exception>
    public byte[] Unseal(ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < NonceBytes + TagBytes)
            throw new CryptographicException("The sealed value is too short to be one.");

        var plain = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(sealKey, TagBytes);
        aes.Decrypt(sealedBytes[..NonceBytes], sealedBytes[NonceBytes..^TagBytes], sealedBytes[^TagBytes..], plain);
        return plain;
    }

    private static byte[] Hash(ThreadLocal<IncrementalHash> keyed, string value)
    {
        var hash = keyed.Value!;
        hash.AppendData(Encoding.UTF8.GetBytes(value));
        return hash.GetHashAndReset();
    }
}
