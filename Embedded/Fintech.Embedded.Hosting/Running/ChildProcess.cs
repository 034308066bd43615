using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>A running child process and its output, line by line.</summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan ForLastOutput = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly bool _underWatcher;

    private ChildProcess(Process process, bool underWatcher, Task ended)
    {
        _process = process;
        _underWatcher = underWatcher;
        Id = process.Id;
        Exited = WaitForExitAsync(ended);
    }

    public int Id { get; }

    /// <summary>Ends with the exit code once the process has ended and its output was read.</summary>
    public Task<int> Exited { get; }

    public static async Task<ChildProcess> StartAsync(ProcessSpec spec, Action<string> onLine, bool? useKernelGuard = null)
    {
        var useKernel = useKernelGuard ?? OrphanGuard.KernelSupported;
        var command = OrphanGuard.Wrap(spec, useKernel);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = spec.WorkingDirectory,
        };

        start.Environment.Clear();
        foreach (var (name, value) in spec.Environment)
            start.Environment[name] = value;

        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Pass(line.Data);
        process.ErrorDataReceived += (_, line) => Pass(line.Data);

        var group = await ChildThread.RunAsync(() =>
        {
            process.Start();
            return process.Id;
        });

        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) =>
        {
            // What a dead child leaves running in its group (a shell's last command, say) would live on, and hold its output open.
            if (useKernel)
                NativeSignal.Send(-group, NativeSignal.Kill);
            ended.TrySetResult();
        };
        process.EnableRaisingEvents = true;

        // The watching shell needs the pipe; a child that reads its input is to find none.
        if (useKernel)
            process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        return new(process, !useKernel, ended.Task);

        void Pass(string? line)
        {
            if (line is not null)
                onLine(line);
        }
    }

    /// <summary>Asks, waits, and kills at the deadline.</summary>
    public async Task StopAsync(PosixSignal signal, TimeSpan patience)
    {
        if (Exited.IsCompleted)
            return;

        // The watching shell passes TERM on as it is; INT it must ignore itself, so it takes USR1 for it.
        Send(signal switch
        {
            PosixSignal.SIGINT => _underWatcher ? NativeSignal.Usr1 : NativeSignal.Int,
            PosixSignal.SIGTERM => NativeSignal.Term,
            _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "Only SIGTERM and SIGINT stop a child."),
        });

        if (await Task.WhenAny(Exited, Task.Delay(patience)) != Exited)
            Kill();

        await Exited;
    }

    public void Kill()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
    }

    public void Dispose() => _process.Dispose();

    private void Send(int signal) => NativeSignal.Send(Id, signal);

    private async Task<int> WaitForExitAsync(Task ended)
    {
        var readToTheEnd = _process.WaitForExitAsync();
        await ended;

        // A grandchild that has left the group can hold the output open; nobody waits for that.
        await Task.WhenAny(readToTheEnd, Task.Delay(ForLastOutput));
        return _process.ExitCode;
    }
}
