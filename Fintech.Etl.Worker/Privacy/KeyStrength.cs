using System.Text;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>
/// Whether a secret can hold 256 bits, judged by what it is written in: nobody can see whether it is random, but 32 hexadecimal digits
/// never hold more than 128.
/// </summary>
internal static class KeyStrength
{
    /// <summary>PCI DSS 4.0, 3.5.1.1 asks for keyed hashes with keys of full strength.</summary>
    private const int MinimumBits = 256;

    private const int MinimumBytes = MinimumBits / 8;

    /// <summary>A random text of 43 characters has this many different ones all but certainly, also one of decimal digits.</summary>
    private const int MinimumDistinct = 8;

    /// <returns>What is wrong, to be read after the name of the setting; null where nothing is.</returns>
    public static string? Fault(string secret)
    {
        var bytes = Encoding.UTF8.GetByteCount(secret);
        if (bytes < MinimumBytes)
            return $"must have at least {MinimumBytes} bytes; generate one with: openssl rand -base64 48";

        var (name, bits) = secret.All(char.IsAsciiDigit) ? ("decimal digits", Math.Log2(10))
            : secret.All(char.IsAsciiHexDigit) ? ("hexadecimal digits", 4)
            : secret.All(character => char.IsAsciiLetterOrDigit(character) || character is '+' or '/' or '=' or '-' or '_') ? ("base64 characters", 6)
            : ("bytes", 8);
        var needed = (int)Math.Ceiling(MinimumBits / bits);
        return secret.Length < needed
            ? $"is written in {name}, of which {MinimumBits} bits need {needed}; it has {secret.Length}; generate one with: openssl rand -base64 48"
            : secret.Distinct().Count() < MinimumDistinct
                ? "repeats a few characters, which anybody can guess; generate one with: openssl rand -base64 48"
                : null;
    }
}
