using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Fintech.Etl.Worker.Extract;

/// <summary>Where the merchants' documents are, and what their fields are called. A dot leads into a document within: <c>profile.name</c>.</summary>
internal sealed partial class MerchantOptions
{
    public const string Section = "Etl:Merchants";

    public string Collection { get; init; } = "merchants";
    public string NameField { get; init; } = "merchant_name";
    public string CategoryField { get; init; } = "category";

    public IEnumerable<ValidationResult> Validate()
    {
        if (Collection is "" || Collection.Contains('$', StringComparison.Ordinal) || Collection.StartsWith("system.", StringComparison.Ordinal))
            yield return Fault(nameof(Collection), $"'{Collection}' cannot be the name of a collection");
        foreach (var (key, path) in new[] { (nameof(NameField), NameField), (nameof(CategoryField), CategoryField) })
        {
            if (!Path().IsMatch(path))
                yield return Fault(key, $"'{path}' is no field: names, divided by dots, none of them empty or beginning with $");
        }

        // MongoDB refuses to project both.
        if (NameField == CategoryField || Within(NameField, CategoryField) || Within(CategoryField, NameField))
            yield return Fault(nameof(CategoryField), $"'{CategoryField}' and {Section}:{nameof(NameField)} '{NameField}' must be two fields, none within the other");
    }

    private static bool Within(string inner, string outer) => inner.StartsWith(outer + '.', StringComparison.Ordinal);

    private static ValidationResult Fault(string name, string what) => new($"{Section}:{name} {what}.");

    [GeneratedRegex(@"^[^.$\0][^.\0]*(\.[^.$\0][^.\0]*)*\z")]
    private static partial Regex Path();
}
