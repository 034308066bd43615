using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Running;

namespace Aspire.Hosting;

public static class ExecutableResourceBuilderExtensions
{
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[]? args)
    {
        var resource = new ExecutableResource(name, command, Path.GetFullPath(workingDirectory, builder.AppHostDirectory));

        return builder.AddResource(resource)
            .WithAnnotation(new StartupAnnotation((start, _) => Task.FromResult<ProcessSpec?>(new()
            {
                FileName = resource.Command,
                Arguments = start.Arguments,
                Environment = start.EnvironmentForService(),
                WorkingDirectory = resource.WorkingDirectory,
            })))
            .WithArgs(args ?? []);
    }
}
