namespace Fintech.Embedded.Hosting.Running;

/// <summary>
/// Sees to it that no child outlives this host, even one killed with SIGKILL, and that Ctrl+C reaches the host alone:
/// each child leads a process group of its own, so that the host can stop them in order.
/// </summary>
internal static class OrphanGuard
{
    // The kernel signals the child when the thread that started it ends; kept across exec, cleared by a change of user, so asked for last.
    private static readonly string? SetPriv = OperatingSystem.IsLinux() ? ExecutablePath.Find("setpriv") : null;
    private static readonly string? SetSid = ExecutablePath.Find("setsid");

    // Other shells (dash) refuse job control where there is no terminal; without it the child merely shares our process group.
    private static readonly string Shell = ExecutablePath.Find("bash") ?? "/bin/sh";

    /// <summary>
    /// Where the kernel has no such service (macOS), a shell does it: it starts the program in a group of its own (set -m) and reads a pipe
    /// that this host holds open and never writes to. The pipe's end means that the host is gone.
    /// </summary>
    private const string Watcher =
        """
        set -m 2>/dev/null
        exec 3<&0
        "$@" </dev/null 3<&- &
        child=$!
        exec 2>/dev/null
        trap 'kill -TERM $child' TERM
        trap 'kill -INT $child' USR1
        trap '' INT HUP
        ( cat <&3 >/dev/null; kill -SIGNAL $child ) &
        watcher=$!
        exec 3<&-
        while :; do
          wait $child
          code=$?
          kill -0 $child || break
        done
        kill -KILL -$watcher || kill -KILL $watcher
        exit $code
        """;

    public static bool KernelSupported => SetPriv is not null && SetSid is not null;

    /// <summary>The command line that runs the program under guard.</summary>
    public static IReadOnlyList<string> Wrap(ProcessSpec spec, bool useKernel)
    {
        IReadOnlyList<string> program = [spec.FileName, .. spec.Arguments];
        IReadOnlyList<string> user = spec.RunAs is { } runAs ? [$"--reuid={runAs.UserId}", $"--regid={runAs.GroupId}", "--clear-groups"] : [];
        var signal = spec.SignalOnHostDeath.ToString().ToUpperInvariant();

        if (useKernel)
            return [SetSid!, SetPriv!, "--pdeathsig", signal, .. user, "--", .. program];

        if (user.Count > 0)
            program = [SetPriv ?? throw new PlatformNotSupportedException("Running as another user needs setpriv, which comes with util-linux."), .. user, "--", .. program];

        return [Shell, "-c", Watcher.Replace("SIGNAL", signal, StringComparison.Ordinal), "sh", .. program];
    }
}
