using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fintech.Embedded.Mongo.Auth;

/// <summary>
/// The server's side of one SCRAM-SHA-256 sign-in (RFC 7677). It goes like this:
/// <code>
/// client  n,,n=admin,r=rOprNGfwEbeRWgbNEkqO
/// server  r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=15000
/// client  c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=
/// server  v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=
/// </code>
/// </summary>
internal sealed class ScramConversation(Credentials credentials)
{
    private const int NonceBytes = 18;

    private string _firstMessages = "";
    private string _nonce = "";
    private string _channelBinding = "";

    /// <summary>Answers the client's first message; null where it is not one of our user.</summary>
    public string? Begin(string clientFirst)
    {
        // "n,," or "y,,": no channel binding, and nobody signs in on another's behalf.
        if (!clientFirst.StartsWith("n,,", StringComparison.Ordinal) && !clientFirst.StartsWith("y,,", StringComparison.Ordinal))
            return null;

        var bare = clientFirst[3..];
        if (bare.Split(',') is not [['n', '=', .. var escaped], ['r', '=', .. { Length: > 0 } clientNonce], ..])
            return null;

        if (escaped.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal) != credentials.Username)
            return null;

        _channelBinding = Convert.ToBase64String(Encoding.ASCII.GetBytes(clientFirst[..3]));
        _nonce = clientNonce + Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));
        var iterations = Credentials.Iterations.ToString(CultureInfo.InvariantCulture);
        var serverFirst = $"r={_nonce},s={Convert.ToBase64String(credentials.Salt)},i={iterations}";
        _firstMessages = $"{bare},{serverFirst}";
        return serverFirst;
    }

    /// <summary>Answers the client's proof with the server's own; null where the password was another.</summary>
    public string? Finish(string clientFinal)
    {
        var end = clientFinal.LastIndexOf(",p=", StringComparison.Ordinal);
        if (end < 0)
            return null;

        var withoutProof = clientFinal[..end];
        var proof = new byte[SHA256.HashSizeInBytes];
        if (withoutProof != $"c={_channelBinding},r={_nonce}"
            || !Convert.TryFromBase64String(clientFinal[(end + 3)..], proof, out var length)
            || length != proof.Length)
            return null;

        var message = Encoding.UTF8.GetBytes($"{_firstMessages},{withoutProof}");
        var signature = HMACSHA256.HashData(credentials.StoredKey, message);
        for (var i = 0; i < proof.Length; i++)
            proof[i] ^= signature[i];

        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(proof), credentials.StoredKey)
            ? $"v={Convert.ToBase64String(HMACSHA256.HashData(credentials.ServerKey, message))}"
            : null;
    }
}
