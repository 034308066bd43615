using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Fintech.Dashboard.Api;

/// <summary>What the OpenAPI document says beyond what the endpoints' types do.</summary>
internal static class ApiDocument
{
    private const string KeyScheme = "ApiKey";

    public static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = description => description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Fintech: payments, alerts, history and pipeline";
            document.Info.Description = "Errors are problem details (RFC 9457) with a sentence in detail. A list says in next where its next page begins, null on the last; "
                + "which parameter takes it stands with each list.";

            // It is the same below whatever name somebody reaches it by.
            document.Servers = [new() { Url = "/" }];
            var components = document.Components ??= new OpenApiComponents();
            components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            components.SecuritySchemes[KeyScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" };
            document.Security = [new() { [new OpenApiSecuritySchemeReference(KeyScheme, document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(QueryParameters.DescribeAsync);
        options.AddOperationTransformer((operation, _, _) =>
        {
            (operation.Responses ??= []).TryAdd("default", new OpenApiResponse
            {
                Description = "An error: problem details with a sentence in detail.",
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() },
            });
            return Task.CompletedTask;
        });
    }
}
