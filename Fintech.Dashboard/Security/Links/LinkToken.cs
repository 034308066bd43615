using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Fintech.Dashboard.Security.Links;

/// <summary>The secret of a link: 256 bits as 43 letters that need no escaping in an address.</summary>
internal static class LinkToken
{
    public const int MinLength = 43;
    public const int MaxLength = 128;

    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static bool IsWellFormed(string text) =>
        text.Length is >= MinLength and <= MaxLength && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    /// <summary>
    /// What is kept of a token, and what it is looked up by: nobody who reads the folder can sign in, and how long a look-up takes says
    /// nothing about a token, because nobody can choose a hash letter by letter.
    /// </summary>
    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)));
}
