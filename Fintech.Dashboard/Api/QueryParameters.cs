using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Fintech.Dashboard.Api;

/// <summary>One parameter of an address that is read from the query itself, where binding could not say in a sentence what is wrong with it.</summary>
internal sealed record QueryParameter(string Name, string Description, JsonSchemaType Type = JsonSchemaType.String);

/// <summary>Tells the description what a handler reads beyond its bound parameters. A test asks every handler and compares.</summary>
internal static class QueryParameters
{
    public static RouteHandlerBuilder Reads(this RouteHandlerBuilder endpoint, IReadOnlyList<QueryParameter> parameters) => endpoint.WithMetadata(new Metadata(parameters));

    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var read = context.Description.ActionDescriptor.EndpointMetadata.OfType<Metadata>().SelectMany(metadata => metadata.Parameters).ToList();
        if (read.Count > 0)
            operation.Parameters = [.. operation.Parameters ?? [], .. read.Select(Described)];
        return Task.CompletedTask;
    }

    private static OpenApiParameter Described(QueryParameter parameter) => new()
    {
        Name = parameter.Name,
        In = ParameterLocation.Query,
        Description = parameter.Description,
        Schema = new OpenApiSchema { Type = parameter.Type },
    };

    private sealed record Metadata(IReadOnlyList<QueryParameter> Parameters);
}
