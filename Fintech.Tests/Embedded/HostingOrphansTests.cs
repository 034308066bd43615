using System.Diagnostics;
using Fintech.Embedded.Hosting.Running;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>No child outlives its host, however the host ends.</summary>
public sealed class HostingOrphansTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("fintech-orphans-").FullName;
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public HostingOrphansTests() => _deadline.CancelAfter(TimeSpan.FromMinutes(3));

    public void Dispose()
    {
        _deadline.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task A_killed_AppHost_leaves_no_child_behind_and_its_successor_starts_at_once()
    {
        using var host = StartAppHost(out var output);
        await UntilAsync(() => ChildrenOf(host.Id).Count >= 5, () => $"the AppHost to start four servers and a service; it said:\n{output()}");
        var children = ChildrenOf(host.Id);

        host.Kill();
        using var successor = StartAppHost(out var successorOutput);
        try
        {
            await UntilAsync(() => !children.Any(IsAlive), () => $"processes {string.Join(", ", children.Where(IsAlive))} to end");
            await UntilAsync(() => ChildrenOf(successor.Id).Count >= 5, () => $"the successor to start as much; it said:\n{successorOutput()}");
        }
        finally
        {
            NativeSignal.Send(successor.Id, NativeSignal.Term);
            await successor.WaitForExitAsync(CancellationToken.None);
        }
    }

    /// <summary>SIGHUP is what a terminal that is closed sends.</summary>
    [Theory]
    [InlineData(NativeSignal.Term)]
    [InlineData(1)]
    public async Task An_AppHost_that_is_asked_to_stop_does_so_within_ten_seconds_and_never_prints_a_secret(int signal)
    {
        using var host = StartAppHost(out var output);
        await UntilAsync(() => ChildrenOf(host.Id).Count >= 5, () => $"the AppHost to start four servers and a service; it said:\n{output()}");
        var children = ChildrenOf(host.Id);

        var clock = Stopwatch.StartNew();
        NativeSignal.Send(host.Id, signal);
        await host.WaitForExitAsync(_deadline.Token);

        Assert.Equal(0, host.ExitCode);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"It took {clock.Elapsed.TotalSeconds:0.0} s; it said:\n{output()}");
        Assert.DoesNotContain(children, IsAlive);
        Assert.Contains("database system is shut down", output());
        using var secrets = System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_data, "secrets.json"), _deadline.Token));
        Assert.Equal(6, secrets.RootElement.EnumerateObject().Count());
        Assert.All(secrets.RootElement.EnumerateObject(), secret => Assert.DoesNotContain(secret.Value.GetString()!, output()));
    }

    [Fact]
    public async Task A_child_under_the_watching_shell_ends_with_the_pipe_that_its_host_holds()
    {
        var spec = new ProcessSpec { FileName = "/bin/sleep", Arguments = ["60"], Environment = ChildEnvironment.ForServer(), WorkingDirectory = "/" };
        var command = OrphanGuard.Wrap(spec, useKernel: false);
        using var shell = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true })!;
        await UntilAsync(() => CommandsBelow(shell.Id).Contains("sleep"), () => "the shell to start its program");
        var below = ChildrenOf(shell.Id);

        shell.StandardInput.Close(); // as the kernel does when the host dies
        await shell.WaitForExitAsync(_deadline.Token);

        Assert.Equal(128 + 9, shell.ExitCode);
        await UntilAsync(() => !below.Any(IsAlive), () => "everything below the shell to end");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_child_hears_the_signal_that_asks_it_to_stop(bool useKernelGuard)
    {
        var lines = new List<string>();
        const string script = "trap 'echo asked; exit 7' INT; echo ready; while :; do sleep 0.05; done";
        var spec = new ProcessSpec { FileName = "/bin/bash", Arguments = ["-c", script], Environment = ChildEnvironment.ForServer(), WorkingDirectory = "/" };

        using var child = await ChildProcess.StartAsync(spec, lines.Add, useKernelGuard);
        await UntilAsync(() => lines.Contains("ready"), () => "the child to be ready");
        await child.StopAsync(System.Runtime.InteropServices.PosixSignal.SIGINT, TimeSpan.FromSeconds(5));

        Assert.Equal(7, await child.Exited);
        Assert.Equal(["ready", "asked"], lines);
    }

    [Fact]
    public async Task A_child_that_will_not_stop_is_killed_with_all_its_own()
    {
        const string script = "trap '' TERM; echo $$; sleep 61 & wait; while :; do sleep 0.05; done";
        var lines = new List<string>();
        var spec = new ProcessSpec { FileName = "/bin/sh", Arguments = ["-c", script], Environment = ChildEnvironment.ForServer(), WorkingDirectory = "/" };

        using var child = await ChildProcess.StartAsync(spec, lines.Add);
        await UntilAsync(() => ChildrenOf(child.Id).Count > 0, () => "the child to have a child");
        var below = ChildrenOf(child.Id);
        await child.StopAsync(System.Runtime.InteropServices.PosixSignal.SIGTERM, TimeSpan.FromMilliseconds(300));

        Assert.Equal(128 + 9, await child.Exited);
        await UntilAsync(() => !below.Any(IsAlive), () => "the child's child to end");
    }

    private Process StartAppHost(out Func<string> output)
    {
        var appHost = typeof(Projects.Fintech_AppHost).Assembly.Location;
        var start = new ProcessStartInfo(DotnetProgram.Root + "/dotnet", [appHost, $"--Embedded:DataFolder={_data}", $"--Dashboard:Port={FreePorts.Next()}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        var lines = new System.Text.StringBuilder();
        var host = new Process { StartInfo = start };
        host.OutputDataReceived += Keep;
        host.ErrorDataReceived += Keep;
        host.Start();
        host.BeginOutputReadLine();
        host.BeginErrorReadLine();

        output = () =>
        {
            lock (lines)
                return lines.ToString();
        };
        return host;

        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (lines)
                lines.AppendLine(line.Data);
        }
    }

    private async Task UntilAsync(Func<bool> condition, Func<string> waitedFor)
    {
        while (!condition())
        {
            Assert.False(_deadline.IsCancellationRequested, $"Waited in vain for {waitedFor()}");
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private static List<int> ChildrenOf(int process) => [.. StatOfAll().Where(s => s.Parent == process && s.State != 'Z').Select(s => s.Id)];

    private static List<string> CommandsBelow(int process) => [.. StatOfAll().Where(s => s.Parent == process).Select(s => s.Command)];

    private static bool IsAlive(int process) => StatOfAll().Any(s => s.Id == process && s.State != 'Z');

    // 4711 (postgres) S 4710 …
    private static IEnumerable<(int Id, string Command, char State, int Parent)> StatOfAll()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(f => char.IsAsciiDigit(f[^1]) && int.TryParse(Path.GetFileName(f), out _)))
        {
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(folder, "stat"));
            }
            catch (IOException)
            {
                continue; // It ended between the listing and the look.
            }

            var end = stat.LastIndexOf(')');
            var rest = stat[(end + 2)..].Split(' ');
            yield return (int.Parse(Path.GetFileName(folder)), stat[(stat.IndexOf('(') + 1)..end], rest[0][0], int.Parse(rest[1]));
        }
    }
}
