using System.Security.Cryptography;
using System.Text;

namespace Fintech.Embedded.Mongo.Auth;

/// <summary>The one user of this server, as SCRAM keeps a user: what proves the password, but not the password (RFC 5802, 3).</summary>
internal sealed class Credentials
{
    private const int SaltBytes = 28;

    public required string Username { get; init; }

    public required byte[] Salt { get; init; }

    public required byte[] StoredKey { get; init; }

    public required byte[] ServerKey { get; init; }

    /// <summary>MongoDB's own number for SCRAM-SHA-256.</summary>
    public static int Iterations => 15_000;

    /// <summary>
    /// Name and password are printable ASCII. For others SCRAM prescribes a preparation (SASLprep) that .NET does not have, and
    /// without which the right password would be refused now and then.
    /// </summary>
    public static bool AreSupported(string username, string password) =>
        username.Length > 0 && password.Length > 0 && !(username + password).AsSpan().ContainsAnyExceptInRange(' ', '~');

    public static Credentials Create(string username, string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.ASCII.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);

        return new Credentials
        {
            Username = username,
            Salt = salt,
            StoredKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8)),
            ServerKey = HMACSHA256.HashData(salted, "Server Key"u8),
        };
    }
}
