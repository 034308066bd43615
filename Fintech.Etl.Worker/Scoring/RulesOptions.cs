using System.ComponentModel.DataAnnotations;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>What the first rule set is made of. A rule set that somebody has edited since is left alone.</summary>
internal sealed class RulesOptions : IValidatableObject
{
    public const string Section = "Rules";

    /// <summary>A purchase above this many units of <c>Stream:Currency</c> raises an alert.</summary>
    public decimal HighValueThreshold { get; init; } = 3000m;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (HighValueThreshold <= 0)
            yield return new ValidationResult($"{Section}:{nameof(HighValueThreshold)} must be above zero; it is {HighValueThreshold}.");
    }
}
