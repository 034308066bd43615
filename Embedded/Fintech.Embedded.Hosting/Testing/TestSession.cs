using System.Reflection;
using Aspire.Hosting;
using Microsoft.Extensions.Hosting;

namespace Fintech.Embedded.Hosting.Testing;

/// <summary>
/// A run of an AppHost's entry point on behalf of a test. It flows with that run alone (AsyncLocal), so that tests may run side by side.
/// The entry point goes as far as <c>Build()</c>, waits there until the test has had its way with the builder, and ends with it.
/// </summary>
internal sealed class TestSession(
    Assembly? appHostAssembly, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings>? configure) : IDisposable
{
    private static readonly AsyncLocal<TestSession?> OfThisFlow = new();

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _buildAskedFor = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static TestSession? Current => OfThisFlow.Value;

    public Assembly? AppHostAssembly => appHostAssembly;

    /// <summary>Runs the entry point on a thread of its own, up to <c>Build()</c>.</summary>
    public Task<DistributedApplicationBuilder> RunEntryPointAsync(CancellationToken cancellationToken)
    {
        var entryPoint = appHostAssembly?.EntryPoint
            ?? throw new InvalidOperationException($"{appHostAssembly?.GetName().Name} has no entry point: it is not an AppHost.");

        var thread = new Thread(() =>
        {
            OfThisFlow.Value = this;
            try
            {
                var result = entryPoint.Invoke(null, entryPoint.GetParameters().Length == 0 ? [] : [args]);
                (result as Task)?.GetAwaiter().GetResult();
                Fail(new InvalidOperationException($"{appHostAssembly.GetName().Name} ended without building a DistributedApplication."));
            }
            catch (Exception e)
            {
                // The usual end: thrown by HandOver once the test has the application, and then nobody listens to Fail any more.
                Fail(e is TargetInvocationException { InnerException: { } inner } ? inner : e);
            }
        })
        { IsBackground = true, Name = $"Entry point of {appHostAssembly.GetName().Name}" };

        thread.Start();
        return _builder.Task.WaitAsync(cancellationToken);
    }

    /// <summary>A builder without an AppHost, for a test that makes up its own model.</summary>
    public DistributedApplicationBuilder CreateBuilder()
    {
        OfThisFlow.Value = this;
        try
        {
            return new DistributedApplicationBuilder(new());
        }
        finally
        {
            OfThisFlow.Value = null;
        }
    }

    public void Configure(DistributedApplicationOptions options, HostApplicationBuilderSettings settings)
    {
        options.Args = settings.Args = args;
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;

        configure?.Invoke(options, settings);

        // `dotnet run` would have applied the AppHost's launch profile: Development, above all.
        settings.EnvironmentName ??= Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environments.Development;
    }

    /// <summary>The model is complete: it is the test's turn, until that asks for the application.</summary>
    public void BeforeBuild(DistributedApplicationBuilder builder)
    {
        _builder.TrySetResult(builder);
        if (appHostAssembly is not null && !_buildAskedFor.Task.GetAwaiter().GetResult())
            throw new EntryPointEnded();
    }

    public void HandOver(DistributedApplication application)
    {
        _application.TrySetResult(application);

        // The test starts and stops it; what the entry point would do after Build(), which is Run(), is not wanted.
        if (appHostAssembly is not null)
            throw new EntryPointEnded();
    }

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _buildAskedFor.TrySetResult(true);
        return _application.Task.WaitAsync(cancellationToken);
    }

    public DistributedApplication? Application => _application.Task.IsCompletedSuccessfully ? _application.Task.Result : null;

    public void Dispose() => _buildAskedFor.TrySetResult(false);

    private void Fail(Exception exception)
    {
        _builder.TrySetException(exception);
        _application.TrySetException(exception);
    }

    private sealed class EntryPointEnded() : Exception("The test goes on with the application; the entry point's thread ends here.");
}
