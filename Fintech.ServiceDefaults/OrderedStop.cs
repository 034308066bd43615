using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// How a service ends. The host itself knows SIGINT, SIGQUIT and SIGTERM; a terminal that is closed sends SIGHUP, which would end the
/// process in the middle of whatever it does.
/// </summary>
public static class OrderedStop
{
    /// <summary>What a supervisor that sends SIGTERM waits for at least, before it kills.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static TBuilder AddOrderedStop<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Patience);
        builder.Services.AddHostedService<HangUp>();
        return builder;
    }

    private sealed class HangUp(IHostApplicationLifetime lifetime) : IHostedService, IDisposable
    {
        private PosixSignalRegistration? registration;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                lifetime.StopApplication();
            });
            return Task.CompletedTask;
        }

        /// <summary>Stays registered: a second signal must not cut short what the first began.</summary>
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose() => registration?.Dispose();
    }
}
