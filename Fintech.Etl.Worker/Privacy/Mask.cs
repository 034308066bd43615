using System.Text;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>What is left of a value when it is masked: never its length, and nothing it could be told from again.</summary>
internal static class Mask
{
    public const string Hidden = "***";

    /// <summary><c>Ada</c> becomes <c>A***</c>; an empty name becomes none.</summary>
    public static string? Name(string? name)
    {
        var text = name.AsSpan().Trim();
        return text.IsEmpty ? null : First(text) + Hidden;
    }

    /// <summary>
    /// <c>ada@lovelace.example.org</c> becomes <c>a***@***.org</c>: a domain may be a person's own. What is no address becomes <c>***</c>.
    /// </summary>
    /// <param name="email">Trimmed and in lower case.</param>
    public static string? Email(string? email) => email is null ? null
        : EmailShape.IsPlausible(email) ? $"{First(email)}{Hidden}@{Hidden}{email[email.LastIndexOf('.')..]}"
        : Hidden;

    private static string First(ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out var first, out _);
        return first.ToString();
    }
}
