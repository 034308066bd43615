using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting;
using Fintech.Embedded.Hosting.Running;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

public static class ParameterResourceBuilderExtensions
{
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, _ => Configured(builder, name) ?? throw Missing(name), secret));

    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddParameter(name, () => value, publishValueAsDefault, secret);

    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, Func<string> valueGetter, bool publishValueAsDefault = false, bool secret = false)
    {
        if (publishValueAsDefault && secret)
            throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret));

        return builder.AddResource(new ParameterResource(name, _ => valueGetter(), secret));
    }

    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false)
    {
        var fallback = persist ? new KeptParameterDefault(builder, name, value) : value;
        return builder.AddResource(new ParameterResource(name, _ => Configured(builder, name) ?? fallback.GetDefaultValue(), secret) { Default = fallback });
    }

    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, string? environmentVariableName = null) =>
        builder.AddResource(new ConnectionStringParameterResource(
            name,
            _ => builder.Configuration.GetConnectionString(name) ?? throw new MissingParameterValueException(
                $"The connection string '{name}' is not configured: set ConnectionStrings:{name}."),
            environmentVariableName));

    /// <summary>The password of a server, generated once and kept; <c>Parameters:{name}</c> overrides it. No resource of its own.</summary>
    public static ParameterResource CreateDefaultPasswordParameter(
        IDistributedApplicationBuilder builder, string name,
        bool lower = true, bool upper = true, bool numeric = true, bool special = true,
        int minLower = 0, int minUpper = 0, int minNumeric = 0, int minSpecial = 0)
    {
        var kept = new KeptParameterDefault(builder, name, new GenerateParameterDefault
        {
            MinLength = 22,
            Lower = lower,
            Upper = upper,
            Numeric = numeric,
            Special = special,
            MinLower = minLower,
            MinUpper = minUpper,
            MinNumeric = minNumeric,
            MinSpecial = minSpecial,
        });

        return new ParameterResource(name, _ => Configured(builder, name) ?? kept.GetDefaultValue(), secret: true) { Default = kept };
    }

    /// <summary>An environment variable's name cannot hold a hyphen everywhere, so <c>Parameters__pii_key</c> counts for <c>pii-key</c> as well.</summary>
    private static string? Configured(IDistributedApplicationBuilder builder, string name) =>
        builder.Configuration[$"Parameters:{name}"] ?? builder.Configuration[$"Parameters:{name.Replace('-', '_')}"];

    private static MissingParameterValueException Missing(string name) =>
        new($"Parameter '{name}' has no value and no default: set Parameters:{name} in configuration.");

    private sealed class KeptParameterDefault(IDistributedApplicationBuilder builder, string name, ParameterDefault generator) : ParameterDefault
    {
        public override string GetDefaultValue() => DataFolder.Of(builder).Secrets.GetOrAdd($"Parameters:{name}", generator.GetDefaultValue);
    }
}
