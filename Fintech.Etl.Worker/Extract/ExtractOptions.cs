using System.ComponentModel.DataAnnotations;

namespace Fintech.Etl.Worker.Extract;

/// <summary>Files with queries of one's own, in place of <c>Extract/customers.sql</c> and <c>Extract/transactions.sql</c>.</summary>
internal sealed class ExtractOptions
{
    public const string Section = "Etl:Extract";

    /// <summary>Path of an <c>.sql</c> file, relative to the worker's working directory.</summary>
    public string? Customers { get; init; }

    /// <inheritdoc cref="Customers"/>
    public string? Transactions { get; init; }

    public IEnumerable<ValidationResult> Validate()
    {
        foreach (var (name, path) in new[] { (nameof(Customers), Customers), (nameof(Transactions), Transactions) })
        {
            if (!string.IsNullOrEmpty(path) && !File.Exists(path))
                yield return new ValidationResult($"{Section}:{name} is '{path}', but there is no such file (looked for {Path.GetFullPath(path)}).");
        }
    }
}
