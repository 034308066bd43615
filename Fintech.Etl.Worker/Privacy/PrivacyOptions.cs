using System.ComponentModel.DataAnnotations;
using System.Text;

namespace Fintech.Etl.Worker.Privacy;

internal sealed class PrivacyOptions : IValidatableObject
{
    public const string Section = "Privacy";

    /// <summary>The secret of the parameter <c>pii-key</c>.</summary>
    public string PiiKey { get; init; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Encoding.UTF8.GetByteCount(PiiKey) < Privacy.PiiKey.MinimumBytes)
            yield return new ValidationResult(
                $"{Section}:{nameof(PiiKey)} must have at least {Privacy.PiiKey.MinimumBytes} bytes; generate one with: openssl rand -base64 48");
    }
}
