using Fintech.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Fintech.Producer.Ingest;

/// <summary>What the OpenAPI document says beyond what the endpoint's types do.</summary>
internal static class IngestDocument
{
    public const string Description = """
        One transaction, an array of them, or one a line. All are taken in or none. Sending the same transaction_id again is safe: it is
        counted once. 202 means that all are stored durably; 429 and 503 say in Retry-After when to send the same request again.
        """;

    private const string KeyScheme = "ApiKey";

    private static readonly IReadOnlyDictionary<string, string> Fields = new Dictionary<string, string>
    {
        ["transaction_id"] = "Unique within its source; up to 128 characters.",
        ["customer_id"] = "The customer's number, not negative. No name, no e-mail: unknown fields are dropped.",
        ["amount"] = "In units of the currency, at most two decimals; above zero for a purchase.",
        ["merchant_name"] = "Up to 255 characters.",
        ["timestamp"] = "When the card was used: Unix seconds, fractions allowed, or ISO 8601 (2026-01-31T18:30:00Z).",
        ["currency"] = "ISO 4217; absent means the platform's default.",
        ["type"] = "purchase (when absent), refund or reversal.",
        ["terminal_id"] = "Up to 64 characters.",
        ["source"] = "The ledger it belongs to: a-z, 0-9, _ and -. Equal ids of different sources never collide.",
    };

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Fintech: transactions for the real-time path";
            var components = document.Components ??= new OpenApiComponents();
            components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            components.SecuritySchemes[KeyScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = ApiKeys.Header,
            };
            document.Security = [new() { [new OpenApiSecuritySchemeReference(KeyScheme, document)] = [] }];
            return Task.CompletedTask;
        });

        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (context.JsonTypeInfo.Type != typeof(TransactionEvent) || context.JsonPropertyInfo is not null)
                return Task.CompletedTask;

            foreach (var (name, description) in Fields)
            {
                if (schema.Properties?.TryGetValue(name, out var property) == true && property is OpenApiSchema field)
                    field.Description = description;
            }

            return Task.CompletedTask;
        });

        // An array is as good as one object.
        options.AddOperationTransformer((operation, _, _) =>
        {
            if (operation.RequestBody?.Content?.TryGetValue(IngestEndpoint.Json, out var body) == true && body.Schema is { } one)
                body.Schema = new OpenApiSchema { OneOf = [one, new OpenApiSchema { Type = JsonSchemaType.Array, Items = one }] };
            return Task.CompletedTask;
        });
    }
}
