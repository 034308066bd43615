using System.ComponentModel.DataAnnotations;

namespace Fintech.Etl.Worker.History;

/// <summary>How the roll-ups behind the history page are kept.</summary>
internal sealed class HistoryOptions : IValidatableObject
{
    public const string Section = "History";

    /// <summary>How often it is looked for days that changed; what stayed as it was from one look to the next is rolled up. Zero: never, and the facts are read.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Interval < TimeSpan.Zero || Interval > TimeSpan.FromDays(1))
            yield return new($"{Section}:{nameof(Interval)} must be from zero to a day; it is {Interval}.");
    }
}
