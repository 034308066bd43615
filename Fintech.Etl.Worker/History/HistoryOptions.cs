using System.ComponentModel.DataAnnotations;

namespace Fintech.Etl.Worker.History;

/// <summary>How the roll-ups behind the history page are kept.</summary>
internal sealed class HistoryOptions : IValidatableObject
{
    public const string Section = "History";

    /// <summary>How often it is looked for days that changed; what stayed as it was from one look to the next is rolled up. Zero: never, and the facts are read.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many times as long as a roll-up took it rests before the next one. Zero: not at all, where the machine has nothing else to do.</summary>
    public int Rest { get; init; } = 10;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Interval < TimeSpan.Zero || Interval > TimeSpan.FromDays(1))
            yield return new($"{Section}:{nameof(Interval)} must be from zero to a day; it is {Interval}.");
        if (Rest is < 0 or > 1_000)
            yield return new($"{Section}:{nameof(Rest)} must be from 0 to 1000; it is {Rest}.");
    }
}
