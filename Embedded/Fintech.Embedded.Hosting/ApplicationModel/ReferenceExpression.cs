using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Text with holes that are filled when the application runs, such as <c>$"Host={host};Port={port}"</c>.</summary>
public class ReferenceExpression : IExpressionValue
{
    public static readonly ReferenceExpression Empty = new([]);

    private readonly IReadOnlyList<Part> _parts;

    private ReferenceExpression(IReadOnlyList<Part> parts) => _parts = parts;

    public IReadOnlyList<IValueProvider> ValueProviders => [.. _parts.Select(p => p.Provider).OfType<IValueProvider>()];

    public string ValueExpression => string.Concat(_parts.Select(p => p.Provider is IManifestExpressionProvider e ? e.ValueExpression : p.Literal));

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => new(handler.Parts);

    internal static ReferenceExpression Create(IEnumerable<Part> parts) => new([.. parts]);

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken)
    {
        if (_parts.Count == 0)
            return null;

        var text = new StringBuilder();
        foreach (var part in _parts)
            text.Append(part.Provider is null ? part.Literal : Part.Format(await part.Provider.GetValueAsync(cancellationToken), part.Specifier));

        return text.ToString();
    }

    /// <summary>Either literal text or a provider, the latter with an optional format: <c>uri</c> escapes what a URI reserves.</summary>
    internal sealed record Part(string? Literal, IValueProvider? Provider, string? Specifier)
    {
        public static string? Format(string? value, string? specifier) => specifier switch
        {
            null => value,
            _ when value is null => null,
            "uri" => Uri.EscapeDataString(value),
            _ => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"Unknown format '{specifier}' in a reference expression.")),
        };
    }

    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        internal readonly List<Part> Parts = new(literalLength > 0 ? formattedCount * 2 + 1 : formattedCount);

        public void AppendLiteral(string value) => Parts.Add(new(value, null, null));

        public void AppendFormatted(string? value) => AppendLiteral(value ?? "");

        public void AppendFormatted(string? value, string? format = null) => AppendLiteral(Part.Format(value, format) ?? "");

        public void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider =>
            AppendFormatted(valueProvider, null);

        public void AppendFormatted<T>(T valueProvider, string? format = null) where T : IValueProvider, IManifestExpressionProvider =>
            Parts.Add(new(null, valueProvider, format));

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider) where T : IResource, IValueProvider, IManifestExpressionProvider =>
            AppendFormatted(valueProvider.Resource, null);

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider, string? format = null)
            where T : IResource, IValueProvider, IManifestExpressionProvider => AppendFormatted(valueProvider.Resource, format);
    }
}

public class ReferenceExpressionBuilder
{
    private readonly List<ReferenceExpression.Part> _parts = [];

    public bool IsEmpty => _parts.Count == 0;

    public void Append([InterpolatedStringHandlerArgument("")] in ReferenceExpressionBuilderInterpolatedStringHandler handler) => _ = handler;

    public void AppendLiteral(string value) => _parts.Add(new(value, null, null));

    public void AppendFormatted(string? value) => AppendLiteral(value ?? "");

    public void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider => AppendFormatted(valueProvider, null);

    public void AppendFormatted<T>(T valueProvider, string? format) where T : IValueProvider, IManifestExpressionProvider =>
        _parts.Add(new(null, valueProvider, format));

    public ReferenceExpression Build() => ReferenceExpression.Create(_parts);

    [InterpolatedStringHandler]
    public readonly ref struct ReferenceExpressionBuilderInterpolatedStringHandler(int literalLength, int formattedCount, ReferenceExpressionBuilder builder)
    {
        public int Capacity => literalLength + formattedCount;

        public void AppendLiteral(string value) => builder.AppendLiteral(value);

        public void AppendFormatted(string? value) => builder.AppendFormatted(value);

        public void AppendFormatted(string? value, string format) => builder.AppendFormatted(ReferenceExpression.Part.Format(value, format));

        public void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider => builder.AppendFormatted(valueProvider);

        public void AppendFormatted<T>(T valueProvider, string? format) where T : IValueProvider, IManifestExpressionProvider =>
            builder.AppendFormatted(valueProvider, format);

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider) where T : IResource, IValueProvider, IManifestExpressionProvider =>
            builder.AppendFormatted(valueProvider.Resource);
    }
}
