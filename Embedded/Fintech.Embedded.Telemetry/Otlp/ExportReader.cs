using Fintech.Embedded.Telemetry.Store;

namespace Fintech.Embedded.Telemetry.Otlp;

/// <summary>A span, a log record or a metric, with who sent it and the activity source, logger category or meter it came from.</summary>
internal readonly record struct ExportedRecord(Origin Origin, string Scope, OtlpMessage Message);

/// <summary>
/// The frame all three signals share: export {1: per resource {resource 1, 2: per scope {scope 1, record 2}}}.
/// Resource and scope may be written after what they describe, so each level is gathered before the next is read.
/// </summary>
internal sealed class ExportReader(ResourceRegistry resources, StringPool strings)
{
    public IEnumerable<ExportedRecord> Read(OtlpMessage export)
    {
        foreach (var ofResource in export)
        {
            if (ofResource.Number != 1)
                continue;

            var (resource, scopes) = Split(ofResource.Message);
            var origin = resource is { } described ? ReadOrigin(described) : resources.Unnamed;
            foreach (var (scope, records) in scopes.Select(Split))
            {
                var name = scope is { } named ? ReadScopeName(named) : "";
                foreach (var record in records)
                    yield return new ExportedRecord(origin, name, record);
            }
        }
    }

    private static (OtlpMessage? Head, List<OtlpMessage> Parts) Split(OtlpMessage message)
    {
        var (head, parts) = ((OtlpMessage?)null, new List<OtlpMessage>());
        foreach (var field in message)
        {
            if (field.Number == 1)
                head = field.Message;
            else if (field.Number == 2)
                parts.Add(field.Message);
        }

        return (head, parts);
    }

    /// <summary>Resource {attributes 1}: known by <c>service.name</c> and <c>service.instance.id</c>.</summary>
    private Origin ReadOrigin(OtlpMessage resource)
    {
        var (name, instance) = ("", "");
        foreach (var field in resource)
        {
            if (field.Number != 1)
                continue;

            var attribute = Attributes.Read(field.Message);
            if (attribute.Key == "service.name")
                name = attribute.Value;
            else if (attribute.Key == "service.instance.id")
                instance = attribute.Value;
        }

        return resources.Find(name, instance);
    }

    /// <summary>InstrumentationScope {name 1}.</summary>
    private string ReadScopeName(OtlpMessage scope)
    {
        foreach (var field in scope)
        {
            if (field.Number == 1)
                return strings.Share(field.Text);
        }

        return "";
    }
}
