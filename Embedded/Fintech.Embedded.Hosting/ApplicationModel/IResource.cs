using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

public interface IResource
{
    string Name { get; }

    ResourceAnnotationCollection Annotations { get; }
}

public interface IResourceAnnotation;

public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

public abstract class Resource(string name) : IResource
{
    public virtual string Name { get; } = ResourceName.Validate(name);

    public virtual ResourceAnnotationCollection Annotations { get; } = [];
}

public interface IResourceWithEnvironment : IResource;

public interface IResourceWithArgs : IResource;

public interface IResourceWithEndpoints : IResource;

public interface IResourceWithWaitSupport : IResource;

public interface IResourceWithParent : IResource
{
    IResource Parent { get; }
}

public interface IResourceWithParent<out T> : IResourceWithParent where T : IResource
{
    new T Parent { get; }

    IResource IResourceWithParent.Parent => Parent;
}

internal static class ResourceName
{
    /// <summary>The rule that Aspire's analyzer ASPIRE006 enforces at build time: ASCII letters, digits and hyphens, a letter first.</summary>
    public static string Validate(string name)
    {
        var valid = name is { Length: > 0 and <= 64 } && char.IsAsciiLetter(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && name[^1] != '-' && !name.Contains("--", StringComparison.Ordinal);

        return valid
            ? name
            : throw new ArgumentException(
                $"Resource name '{name}' is invalid: it must have 1 to 64 ASCII letters, digits and single hyphens, and begin with a letter.", nameof(name));
    }
}
