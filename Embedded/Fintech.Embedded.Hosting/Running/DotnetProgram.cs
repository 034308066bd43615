using System.Runtime.InteropServices;

namespace Fintech.Embedded.Hosting.Running;

internal static class DotnetProgram
{
    /// <summary>Runs an assembly by its own executable, or by <c>dotnet</c> where the build made none.</summary>
    public static ProcessSpec Run(string assembly, IReadOnlyList<string> arguments)
    {
        var executable = Path.ChangeExtension(assembly, null);
        var spec = new ProcessSpec { FileName = executable, Arguments = arguments, Environment = Shared, WorkingDirectory = Path.GetDirectoryName(assembly)! };

        return File.Exists(executable) ? spec : spec with { FileName = Path.Combine(Root, "dotnet"), Arguments = [assembly, .. arguments] };
    }

    /// <summary>Where this very runtime lives: …/dotnet/shared/Microsoft.NETCore.App/10.0.1/ -> …/dotnet.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private static Dictionary<string, string> Shared { get; } = ChildEnvironment.ForServer();
}
