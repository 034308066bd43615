using System.ComponentModel.DataAnnotations;

namespace Fintech.Etl.Worker.Privacy;

internal sealed class PrivacyOptions : IValidatableObject
{
    public const string Section = "Privacy";

    /// <summary>The secret of the parameter <c>pii-key</c>.</summary>
    public string PiiKey { get; init; } = "";

    /// <summary>The key before it; needed from the start of a rotation until <c>rotate-key</c> has ended.</summary>
    public string? FormerKey { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (KeyStrength.Fault(PiiKey) is { } fault)
            yield return new ValidationResult($"{Section}:{nameof(PiiKey)} {fault}");
        if (FormerKey == PiiKey)
            yield return new ValidationResult($"{Section}:{nameof(FormerKey)} is the same as {Section}:{nameof(PiiKey)}.");
    }
}
