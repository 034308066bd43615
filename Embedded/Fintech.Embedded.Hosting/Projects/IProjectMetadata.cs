using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting
{
    public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

    public interface IProjectMetadata : IResourceAnnotation
    {
        string ProjectPath { get; }

        LaunchSettings? LaunchSettings => null;

        bool SuppressBuild => false;
    }
}

namespace Fintech.Embedded.Hosting
{
    /// <summary>What the generated classes of the namespace <c>Projects</c> derive from: the build knows where it put each program.</summary>
    public abstract class BuiltProject(string projectPath, string targetPath) : Aspire.Hosting.IProjectMetadata
    {
        public string ProjectPath { get; } = projectPath;

        /// <summary>The built assembly, such as <c>…/bin/Debug/net10.0/Fintech.Producer.dll</c>.</summary>
        public string TargetPath { get; } = targetPath;
    }
}
