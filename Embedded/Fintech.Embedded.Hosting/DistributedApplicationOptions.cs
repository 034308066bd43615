namespace Aspire.Hosting;

public sealed class DistributedApplicationOptions
{
    public string? AssemblyName { get; set; }

    public string[]? Args { get; set; }

    public string? ProjectDirectory { get; set; }

    public bool DisableDashboard { get; set; }

    public bool AllowUnsecuredTransport { get; set; }

    public bool EnableResourceLogging { get; set; }
}
