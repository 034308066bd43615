using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>
/// The key under which personal data is pseudonymised. Purposes get keys of their own by HKDF, so that a hash of a
/// last name says nothing about an equal e-mail, and neither about what is sealed.
/// </summary>
internal sealed class PiiKey
{
    /// <summary>Length of the carried secret.</summary>
    public const int CarriedBytes = 32;

    private const int VersionBytes = sizeof(int);
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int ShortText = 512;

    private readonly ThreadLocal<IncrementalHash> firstNames;
    private readonly ThreadLocal<IncrementalHash> lastNames;
    private readonly ThreadLocal<IncrementalHash> emails;
    private readonly ThreadLocal<IncrementalHash> customers;
    private readonly ThreadLocal<IncrementalHash> rows;
    private readonly ThreadLocal<IncrementalHash> subjects;
    private readonly byte[] sealKey;

    /// <param name="secret">The value of <c>Privacy:PiiKey</c>; see <see cref="KeyStrength"/>.</param>
    /// <param name="version">Counts up with each rotation; stored beside every hash.</param>
    /// <param name="carried">The secret that outlives rotations; where no warehouse keeps one it is derived.</param>
    /// <exception cref="ArgumentException">The secret is too weak.</exception>
    public PiiKey(string secret, int version, byte[]? carried = null)
    {
        if (KeyStrength.Fault(secret) is { } fault)
            throw new ArgumentException($"Privacy:PiiKey {fault}", nameof(secret));

        var master = Encoding.UTF8.GetBytes(secret);
        carried ??= Derive(master, "carried");
        Version = version;
        firstNames = Hashing(master, "first-name");
        lastNames = Hashing(master, "last-name");
        emails = Hashing(master, "email");
        customers = Hashing(master, "row");
        rows = Hashing(carried, "content");
        subjects = Hashing(carried, "subject");
        sealKey = Derive(master, "seal");
        Fingerprint = Derive(master, "fingerprint");

        static byte[] Derive(byte[] from, string purpose) =>
            HKDF.DeriveKey(HashAlgorithmName.SHA256, from, 32, info: Encoding.UTF8.GetBytes($"fintech/{purpose}"));

        // Kept and used again by each thread: setting a key up takes longer than hashing a name under it.
        static ThreadLocal<IncrementalHash> Hashing(byte[] from, string purpose)
        {
            var key = Derive(from, purpose);
            return new ThreadLocal<IncrementalHash>(() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key));
        }
    }

    public int Version { get; }

    /// <summary>Recognises the key without revealing it.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>HMAC-SHA-256 of the trimmed name; null stays null, so that a missing value is seen as missing.</summary>
    public byte[]? HashFirstName(string? firstName) => firstName is null ? null : Hash(firstNames, firstName.AsSpan().Trim());

    /// <inheritdoc cref="HashFirstName"/>
    public byte[]? HashLastName(string? lastName) => lastName is null ? null : Hash(lastNames, lastName.AsSpan().Trim());

    /// <summary>HMAC-SHA-256 of the trimmed, lower-case address: the same mailbox gives the same hash.</summary>
    public byte[]? HashEmail(string? email) => email is null ? null : Hash(emails, email.Trim().ToLowerInvariant());

    /// <summary>Keyed hash of all attributes of a customer, for change detection within this key version.</summary>
    public byte[] HashCustomer(string attributes) => Hash(customers, attributes);

    /// <summary>Keyed hash of content as it came, by which it is recognised when it comes again: the same under every key version.</summary>
    public byte[] HashRow(string row) => Hash(rows, row);

    /// <summary>Keyed hash of a customer id, for the tombstone of somebody erased: the same under every key version.</summary>
    public byte[] HashSubject(long customerId) => Hash(subjects, customerId.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Encrypts what could not be parsed, so could not be pseudonymised: key version (4, big-endian), then AES-256-GCM as nonce (12),
    /// ciphertext, tag (16).
    /// </summary>
    public byte[] Seal(ReadOnlySpan<byte> plain)
    {
        var result = new byte[VersionBytes + NonceBytes + plain.Length + TagBytes];
        BinaryPrimitives.WriteInt32BigEndian(result, Version);
        var body = result.AsSpan(VersionBytes);
        var nonce = body[..NonceBytes];
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(sealKey, TagBytes);
        aes.Encrypt(nonce, plain, body.Slice(NonceBytes, plain.Length), body[^TagBytes..]);
        return result;
    }

    /// <exception cref="CryptographicException">Sealed under another key, or tampered with.</exception>
    public byte[] Unseal(ReadOnlySpan<byte> sealedBytes)
    {
        if (VersionOf(sealedBytes) is var version && version != Version)
            throw new CryptographicException($"The value is sealed under key version {version}, not {Version}.");

        var body = sealedBytes[VersionBytes..];
        var plain = new byte[body.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(sealKey, TagBytes);
        aes.Decrypt(body[..NonceBytes], body[NonceBytes..^TagBytes], body[^TagBytes..], plain);
        return plain;
    }

    /// <exception cref="CryptographicException">No sealed value.</exception>
    public static int VersionOf(ReadOnlySpan<byte> sealedBytes) => sealedBytes.Length < VersionBytes + NonceBytes + TagBytes
        ? throw new CryptographicException("The sealed value is too short to be one.")
        : BinaryPrimitives.ReadInt32BigEndian(sealedBytes);

    private static byte[] Hash(ThreadLocal<IncrementalHash> keyed, ReadOnlySpan<char> value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        var bytes = most <= ShortText ? stackalloc byte[ShortText] : new byte[most];
        var hash = keyed.Value!;
        hash.AppendData(bytes[..Encoding.UTF8.GetBytes(value, bytes)]);
        return hash.GetHashAndReset();
    }
}
