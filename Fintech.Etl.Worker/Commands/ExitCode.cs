namespace Fintech.Etl.Worker.Commands;

/// <summary>What every command of the worker ends with; listed in <c>docs/etl.md</c>.</summary>
internal static class ExitCode
{
    public const int Succeeded = 0;

    /// <summary>It was tried and failed; nothing was changed.</summary>
    public const int Failed = 1;

    /// <summary>Options or configuration are wrong; nothing was tried.</summary>
    public const int Misused = 2;

    /// <summary>Another pass holds the warehouse.</summary>
    public const int Busy = 3;

    public const int Interrupted = 130;
}
