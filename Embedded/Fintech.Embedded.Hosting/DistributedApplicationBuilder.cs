using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Console;
using Fintech.Embedded.Hosting.Provisioning;
using Fintech.Embedded.Hosting.Running;
using Fintech.Embedded.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private const string QuietSwitch = "--quiet";
    private const string QuietKey = "Embedded:Quiet";

    private readonly HostApplicationBuilder _host;
    private readonly TestSession? _test;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        _test = TestSession.Current;
        var settings = new HostApplicationBuilderSettings { Args = options.Args };
        _test?.Configure(options, settings);

        // A switch without a value, of which configuration knows nothing: it would take the next argument for one.
        var quiet = settings.Args?.Contains(QuietSwitch, StringComparer.OrdinalIgnoreCase) == true;
        settings.Args = settings.Args?.Where(arg => !string.Equals(arg, QuietSwitch, StringComparison.OrdinalIgnoreCase)).ToArray();

        AppHostAssembly = _test?.AppHostAssembly
            ?? (options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly());
        AppHostDirectory = options.ProjectDirectory ?? MetadataOf(AppHostAssembly, "AppHostProjectPath") ?? Directory.GetCurrentDirectory();

        // appsettings.json is read from the AppHost's own folder, wherever `dotnet run` was called.
        settings.ApplicationName ??= AppHostAssembly?.GetName().Name;
        settings.ContentRootPath ??= AppHostDirectory;

        _host = new HostApplicationBuilder(settings);
        if (quiet)
            Configuration[QuietKey] = "true";
        AddServices(options);
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new(DistributedApplicationOperation.Run);

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        _test?.BeforeBuild(this);
        var application = new DistributedApplication(_host.Build());
        _test?.HandOver(application);

        return application;
    }

    private static string? MetadataOf(Assembly? assembly, string key) =>
        assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(m => m.Key == key)?.Value;

    private void AddServices(DistributedApplicationOptions options)
    {
        var underTest = _test is not null;
        var services = _host.Services;

        services.AddHttpClient();
        services.AddHealthChecks();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new DistributedApplicationModel(Resources));
        services.AddSingleton(DataFolder.Configured(Configuration, AppHostDirectory, underTest));
        services.AddSingleton(new RunPolicy(RestartBeforeHealthy: !underTest, RandomizePorts: underTest));
        services.AddSingleton(_ => PackageCache.Configured(Configuration)); // late: a wrong setting is a sentence at the start, not an exception here
        services.AddSingleton<RunEnvironment>();
        services.AddSingleton<ResourceHealth>();
        services.AddSingleton(provider => new ResourceNotificationService
        {
            DefaultWaitBehavior = options.DisableDashboard ? WaitBehavior.StopOnResourceUnavailable : WaitBehavior.WaitOnResourceUnavailable,
            Describe = provider.GetRequiredService<ResourceLog>().LastLines,
        });
        services.AddSingleton<ApplicationRunner>();
        services.AddSingleton(provider => new ResourceCommandService(provider.GetRequiredService<ApplicationRunner>()));

        // A failing check is a state, which the table and the waits tell. That the host starts, stops or cannot start is ours to say:
        // Run() prints the sentence, a test gets the exception.
        _host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        _host.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        _host.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        _host.Logging.AddFilter("System.Net.Http.HttpClient", LogLevel.Warning);

        if (underTest)
            AddServicesOfATest(services);
        else
            AddServicesOfARun(services);
    }

    private void AddServicesOfATest(IServiceCollection services)
    {
        // As under Aspire: a test that wants to see what the services log adds a logger provider.
        services.AddSingleton(provider =>
        {
            var loggers = provider.GetRequiredService<ILoggerFactory>();
            return new ResourceLog((resource, line) => loggers.CreateLogger($"{Environment.ApplicationName}.Resources.{resource}").LogInformation("{Line}", line));
        });
        services.AddHostedService(provider => provider.GetRequiredService<ApplicationRunner>());
    }

    // Hosted services start in this order and stop in the opposite one.
    private void AddServicesOfARun(IServiceCollection services)
    {
        var quiet = Configuration.GetValue<bool>(QuietKey);
        if (quiet)
            _host.Logging.AddFilter(level => level >= LogLevel.Warning);

        var terminal = Terminal.OfThisProcess(Resources);
        services.AddSingleton(terminal);
        services.AddSingleton(new ResourceLog(terminal.WriteLine, quiet));
        services.AddSingleton(provider => new CommandPrompt(
            provider.GetRequiredService<ResourceCommandService>(), provider.GetRequiredService<DistributedApplicationModel>(), terminal,
            // Only somebody at a terminal types; a pipe, or a service manager's nothing, is left alone.
            isOffered: !System.Console.IsInputRedirected));
        services.AddSingleton<TelemetryReceiver>();

        services.AddHostedService(provider => provider.GetRequiredService<TelemetryReceiver>());
        services.AddHostedService(provider => provider.GetRequiredService<ApplicationRunner>());
        services.AddHostedService<RunReport>();
    }
}
