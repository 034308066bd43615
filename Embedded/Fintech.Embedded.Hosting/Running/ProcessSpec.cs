using System.Runtime.InteropServices;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>How a child process is started, stopped, and ended when this host dies.</summary>
internal sealed record ProcessSpec
{
    public required string FileName { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The whole environment: nothing is inherited that is not in here.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required string WorkingDirectory { get; init; }

    /// <summary>Asks the process to stop in good order.</summary>
    public PosixSignal StopSignal { get; init; } = PosixSignal.SIGTERM;

    /// <summary>Sent by the kernel when this host dies. A service is killed: whatever it would still do, nobody reads.</summary>
    public ChildSignal SignalOnHostDeath { get; init; } = ChildSignal.Kill;

    /// <summary>Whom to run as, where this host is root and the program refuses to be.</summary>
    public SystemUser? RunAs { get; init; }

    public Restart Restart { get; init; }
}

/// <summary>Whether a process is started again when it ends by itself.</summary>
internal enum Restart
{
    /// <summary>A program that was run for its result.</summary>
    Never,

    /// <summary>A service, which may also finish.</summary>
    AfterFailure,

    /// <summary>A server.</summary>
    Always,
}

internal enum ChildSignal
{
    Int = 2,
    Kill = 9,
    Term = 15,
}
