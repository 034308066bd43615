using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Running;
using Fintech.Embedded.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}

/// <summary>Runs an AppHost inside a test: every port random, all state in a temporary folder unless <c>--Embedded:DataFolder</c> names one.</summary>
public static class DistributedApplicationTestingBuilder
{
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync<TEntryPoint>([], cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync(typeof(TEntryPoint), args, (_, _) => { }, cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder, CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync(typeof(TEntryPoint), args, configureBuilder, cancellationToken);

    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync(
        Type entryPoint, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder,
        CancellationToken cancellationToken = default)
    {
        var session = new TestSession(entryPoint.Assembly, args, configureBuilder);
        return new TestingBuilder(session, await session.RunEntryPointAsync(cancellationToken));
    }

    /// <summary>A builder with no AppHost behind it.</summary>
    public static IDistributedApplicationTestingBuilder Create(params string[] args)
    {
        var session = new TestSession(appHostAssembly: null, args, configure: null);
        return new TestingBuilder(session, session.CreateBuilder());
    }

    private sealed class TestingBuilder(TestSession session, DistributedApplicationBuilder builder) : IDistributedApplicationTestingBuilder
    {
        public ConfigurationManager Configuration => builder.Configuration;

        public string AppHostDirectory => builder.AppHostDirectory;

        public Assembly? AppHostAssembly => builder.AppHostAssembly;

        public IHostEnvironment Environment => builder.Environment;

        public IServiceCollection Services => builder.Services;

        public DistributedApplicationExecutionContext ExecutionContext => builder.ExecutionContext;

        public IResourceCollection Resources => builder.Resources;

        public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource => builder.AddResource(resource);

        public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => builder.CreateResourceBuilder(resource);

        public DistributedApplication Build() => BuildAsync().GetAwaiter().GetResult();

        public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) =>
            session.AppHostAssembly is null ? builder.Build() : await session.BuildAsync(cancellationToken);

        public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

        public async ValueTask DisposeAsync()
        {
            session.Dispose();
            if (session.Application is { } application)
                await application.DisposeAsync();
            else
                DataFolder.Of(builder).Dispose();
        }
    }
}
