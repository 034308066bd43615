using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Running;

namespace Fintech.Embedded.Hosting.Postgres;

/// <summary>Where a server keeps its data: in the data folder, if the account that it runs as can get there.</summary>
internal static class PostgresFolder
{
    /// <summary>Below this, any account may have a folder of its own.</summary>
    private const string Elsewhere = "/var/lib/fintech-embedded/data";

    public static async Task<string> ProvideAsync(StartContext start, SystemUser? user, CancellationToken cancellationToken)
    {
        var keep = start.Resource.HasAnnotationOfType<ContainerMountAnnotation>();
        var folder = start.Data.FolderFor(start.Resource.Name, keep);
        if (user is null)
            return folder;

        if (new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true) is { } target)
            folder = target.FullName;
        else if (!await IsReachableAsync(Path.GetDirectoryName(folder)!, user, cancellationToken))
            folder = PlaceElsewhere(folder, start, user);

        await GiveAsync(folder, user, cancellationToken);
        return folder;
    }

    public static async Task GiveAsync(string path, SystemUser? user, CancellationToken cancellationToken)
    {
        if (user is null)
            return;

        await Command.RunAsync(Tool("chown", "-R", $"{user.UserId}:{user.GroupId}", path), cancellationToken);
        await Command.RunAsync(Tool("chmod", "u=rwX,go=", path), cancellationToken);
    }

    private static async Task<bool> IsReachableAsync(string folder, SystemUser user, CancellationToken cancellationToken)
    {
        var (exitCode, _) = await Command.TryRunAsync(Tool("test", "-x", folder) with { RunAs = user }, cancellationToken);
        return exitCode == 0;
    }

    // A repository under /root is closed to every other account. The data go where that account can reach them,
    // and a link takes their place, so that deleting the data folder still begins anew.
    private static string PlaceElsewhere(string folder, StartContext start, SystemUser user)
    {
        if (Directory.EnumerateFileSystemEntries(folder).Any())
            throw new DistributedApplicationException(
                $"{start.Resource.Name} runs as user '{user.Name}', who can no longer reach {folder}: make its parent folders passable, or move the data.");

        var target = $"{Elsewhere}/{start.Resource.Name}-{Guid.NewGuid():N}";
        Directory.CreateDirectory(target);
        Directory.Delete(folder);
        Directory.CreateSymbolicLink(folder, target);
        start.Say($"PostgreSQL runs as user '{user.Name}', who cannot reach {folder}: the data are kept in {target}.");

        return target;
    }

    private static ProcessSpec Tool(string name, params string[] arguments) => new()
    {
        FileName = ExecutablePath.Find(name) ?? throw new DistributedApplicationException($"The program '{name}' was not found."),
        Arguments = arguments,
        Environment = ChildEnvironment.ForServer(),
        WorkingDirectory = "/",
    };
}
