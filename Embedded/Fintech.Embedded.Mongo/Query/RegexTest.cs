using System.Text.RegularExpressions;
using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Query;

/// <summary>
/// <c>/^acme/i</c> and <c>{ $regex: "^acme", $options: "i" }</c>. MongoDB's dialect is PCRE and this is .NET's; the two differ in
/// rarities only: possessive quantifiers and recursion are refused as invalid here, and \d and \w know all of Unicode.
/// </summary>
internal static class RegexTest
{
    /// <summary>One value must not hold up the server, whatever the pattern.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static Func<BsonValue?, bool> Parse(BsonValue operand, BsonDocument all)
    {
        var options = all.TryGetValue("$options", out var given) ? given : BsonString.Empty;

        return (operand, options) switch
        {
            (BsonString pattern, BsonString letters) => For(new BsonRegularExpression(pattern.Value, letters.Value)),
            (BsonRegularExpression pattern, BsonString { Value: "" }) => For(pattern),
            (BsonRegularExpression pattern, BsonString letters) => For(new BsonRegularExpression(pattern.Pattern, letters.Value)),
            _ => throw new CommandException(ErrorCode.BadValue, "$regex has to be a string or a regex, and $options a string"),
        };
    }

    public static Func<BsonValue?, bool> For(BsonRegularExpression pattern)
    {
        var regex = Compile(pattern);
        return value => value switch
        {
            BsonString text => IsMatch(regex, text.Value),
            BsonRegularExpression stored => BsonOrder.AreEqual(stored, pattern),
            _ => false,
        };
    }

    private static Regex Compile(BsonRegularExpression pattern)
    {
        var options = RegexOptions.CultureInvariant;
        foreach (var letter in pattern.Options)
        {
            options |= letter switch
            {
                'i' => RegexOptions.IgnoreCase,
                'm' => RegexOptions.Multiline,
                's' => RegexOptions.Singleline,
                'x' => RegexOptions.IgnorePatternWhitespace,
                'u' => RegexOptions.None,
                _ => throw new CommandException(ErrorCode.BadValue, $"invalid flag in regex options: {letter}"),
            };
        }

        try
        {
            return new Regex(pattern.Pattern, options, Patience);
        }
        catch (ArgumentException e)
        {
            throw new CommandException(ErrorCode.BadValue, $"Regular expression is invalid: {e.Message}");
        }
    }

    private static bool IsMatch(Regex regex, string text)
    {
        try
        {
            return regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new CommandException(ErrorCode.BadValue, $"The regular expression '{regex}' took more than {Patience.TotalSeconds} s on one value.");
        }
    }
}
