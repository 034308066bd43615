using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Provisioning;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>Prepares a resource (installs, initialises) and says which process to run; none for what lives inside another, such as a database.</summary>
internal sealed class StartupAnnotation(Func<StartContext, CancellationToken, Task<ProcessSpec?>> prepare) : IResourceAnnotation
{
    public Func<StartContext, CancellationToken, Task<ProcessSpec?>> PrepareAsync { get; } = prepare;
}

/// <summary>What must happen in a running server before it can be called healthy, such as creating its first user.</summary>
internal sealed class RunningAnnotation(Func<StartContext, CancellationToken, Task> onRunning) : IResourceAnnotation
{
    public Func<StartContext, CancellationToken, Task> OnRunningAsync { get; } = onRunning;
}

internal sealed record StartContext(
    IResource Resource, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment,
    DataFolder Data, PackageCache Packages, Action<string> Say)
{
    public IReadOnlyDictionary<string, string> EnvironmentForService() => With(ChildEnvironment.ForService());

    public IReadOnlyDictionary<string, string> EnvironmentForServer() => With(ChildEnvironment.ForServer());

    private Dictionary<string, string> With(Dictionary<string, string> environment)
    {
        // A program of ours must run on the runtime that we run on, wherever that was installed.
        environment.TryAdd("DOTNET_ROOT", DotnetProgram.Root);
        foreach (var (name, value) in Environment)
            environment[name] = value;

        return environment;
    }
}

internal static class StartupBuilderExtensions
{
    public static IResourceBuilder<T> StartsWith<T>(this IResourceBuilder<T> builder, Func<StartContext, CancellationToken, Task<ProcessSpec?>> prepare)
        where T : IResource => builder.WithAnnotation(new StartupAnnotation(prepare));

    public static IResourceBuilder<T> OnceRunning<T>(this IResourceBuilder<T> builder, Func<StartContext, CancellationToken, Task> onRunning)
        where T : IResource => builder.WithAnnotation(new RunningAnnotation(onRunning));
}
