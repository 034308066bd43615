using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

public abstract class ParameterDefault
{
    public abstract string GetDefaultValue();
}

/// <summary>A random value. The letters i, l and o are left out: people read and copy these.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    private const string LowerLetters = "abcdefghjkmnpqrstuvwxyz";
    private const string UpperLetters = "ABCDEFGHJKMNPQRSTUVWXYZ";
    private const string Digits = "0123456789";

    // Only what needs no quoting in a shell variable, a connection string or a URI's user part once escaped.
    private const string SpecialSigns = "-_.{}~()*+!";

    public int MinLength { get; set; } = 22;

    public bool Lower { get; set; } = true;

    public bool Upper { get; set; } = true;

    public bool Numeric { get; set; } = true;

    public bool Special { get; set; } = true;

    public int MinLower { get; set; }

    public int MinUpper { get; set; }

    public int MinNumeric { get; set; }

    public int MinSpecial { get; set; }

    public override string GetDefaultValue()
    {
        var alphabet = (Lower ? LowerLetters : "") + (Upper ? UpperLetters : "") + (Numeric ? Digits : "") + (Special ? SpecialSigns : "");
        if (alphabet.Length == 0)
            throw new ArgumentException("A generated value needs at least one of Lower, Upper, Numeric and Special.");

        var required = MinLower + MinUpper + MinNumeric + MinSpecial;
        char[] value =
        [
            .. RandomNumberGenerator.GetItems<char>(LowerLetters, MinLower),
            .. RandomNumberGenerator.GetItems<char>(UpperLetters, MinUpper),
            .. RandomNumberGenerator.GetItems<char>(Digits, MinNumeric),
            .. RandomNumberGenerator.GetItems<char>(SpecialSigns, MinSpecial),
            .. RandomNumberGenerator.GetItems<char>(alphabet, Math.Max(0, MinLength - required)),
        ];

        RandomNumberGenerator.Shuffle<char>(value);
        return new(value);
    }
}
