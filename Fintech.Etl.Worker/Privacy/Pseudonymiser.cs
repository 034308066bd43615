using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Batch.Copy;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>
/// The step that personal data of customers does not pass: what comes out is what the policies allow. Row hashes are of the raw, normalised
/// values, so that a changed policy or key never looks like a changed customer.
/// </summary>
internal sealed class Pseudonymiser(PiiKey key, PassPrivacy privacy)
{
    /// <summary>Separates fields in what is hashed, so that ("ab", "c") differs from ("a", "bc"); PostgreSQL text cannot hold it.</summary>
    private const char Separator = '\0';

    private readonly CustomerPolicy policy = privacy.Policy;

    [MethodImpl(Hot.Path)]
    public StagedCustomer Customer(CustomerRow row)
    {
        var email = string.IsNullOrWhiteSpace(row.Email) ? null : row.Email.Trim().ToLowerInvariant();
        var emailHash = key.HashEmail(email);
        var attributes = string.Create(CultureInfo.InvariantCulture,
            $"{Field(row.FirstName)}{Field(row.LastName?.Trim())}{Field(email)}{row.SignupDate:O}");
        return new StagedCustomer
        {
            CustomerId = row.CustomerId,
            FirstName = policy.FirstName switch { ColumnPolicy.Keep => row.FirstName, ColumnPolicy.Mask => Mask.Name(row.FirstName), _ => null },
            FirstNameHash = policy.FirstName == ColumnPolicy.Hash ? key.HashFirstName(row.FirstName) : null,
            LastNameMask = policy.LastName == ColumnPolicy.Mask ? Mask.Name(row.LastName) : null,
            LastNameHash = policy.LastName == ColumnPolicy.Hash ? key.HashLastName(row.LastName) : null,
            EmailMask = policy.Email == ColumnPolicy.Mask ? Mask.Email(email) : null,
            EmailHash = policy.Email == ColumnPolicy.Hash ? emailHash : null,
            SignupDate = row.SignupDate,
            RowHash = key.HashCustomer(attributes),
            FormerRowHash = privacy.Former?.HashCustomer(attributes),
            EmailKey = emailHash is null ? null : BinaryPrimitives.ReadInt64BigEndian(emailHash),
            EmailFault = email is null ? Checks.MissingEmail : EmailShape.IsPlausible(email) ? null : Checks.MalformedEmail,
        };
    }

    /// <summary>A missing value differs from an empty one.</summary>
    private static string Field(string? value) => value is null ? $"-{Separator}" : $"+{value}{Separator}";
}
