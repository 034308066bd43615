using System.Reflection;
using Aspire.Hosting;
using Fintech.Embedded.Hosting.Running;

namespace Fintech.Embedded.Hosting.Provisioning;

/// <summary>mongod from PATH; else this solution's own stand-in, which was built together with this assembly.</summary>
internal static class MongoProgram
{
    public static string? Mongod => ExecutablePath.Find("mongod");

    public static string StandIn()
    {
        var assembly = typeof(MongoProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(m => m.Key == "Fintech.Embedded.Mongo").Value;

        return File.Exists(assembly)
            ? assembly
            : throw new DistributedApplicationException($"The MongoDB stand-in is not built: {assembly} does not exist. Build the AppHost.");
    }
}
