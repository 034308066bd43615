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
                FileName = Program(resource),
                Arguments = start.Arguments,
                Environment = start.EnvironmentForService(),
                WorkingDirectory = resource.WorkingDirectory,
            })))
            .WithArgs(args ?? []);
    }

    private static string Program(ExecutableResource resource)
    {
        var inWorkingFolder = Path.GetFullPath(resource.Command, resource.WorkingDirectory);
        var found = resource.Command.Contains('/') ? (File.Exists(inWorkingFolder) ? inWorkingFolder : null) : ExecutablePath.Find(resource.Command);

        return found ?? throw new DistributedApplicationException($"The program '{resource.Command}' of resource '{resource.Name}' was not found.");
    }
}
