namespace Fintech.Etl.Worker.Privacy;

/// <summary>
/// Whether a text has the shape of an address that mail can reach on the internet. One look from left to right: an expression
/// that backtracks would let one long text stop a pass.
/// </summary>
internal static class EmailShape
{
    /// <summary>RFC 5321, 4.5.3.1.</summary>
    private const int LongestLocalPart = 64;
    private const int LongestAddress = 254;

    public static bool IsPlausible(ReadOnlySpan<char> email)
    {
        var at = email.IndexOf('@');
        return at is > 0 and <= LongestLocalPart && email.Length <= LongestAddress
            && IsDotted(email[..at]) && IsDotted(email[(at + 1)..]) && email[(at + 1)..].Contains('.');
    }

    /// <summary>Parts separated by single dots, none of them empty, without blanks, control characters or a second <c>@</c>.</summary>
    private static bool IsDotted(ReadOnlySpan<char> text)
    {
        var before = '.';
        foreach (var character in text)
        {
            if (character is '@' or ',' or ';' or '<' or '>' or '(' or ')' || (character == '.' && before == '.')
                || char.IsWhiteSpace(character) || char.IsControl(character))
                return false;
            before = character;
        }

        return before != '.';
    }
}
