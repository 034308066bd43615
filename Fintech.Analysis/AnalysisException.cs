namespace Fintech.Analysis;

/// <summary>A sentence for whoever runs the analysis, and what the process ends with.</summary>
internal sealed class AnalysisException(string message, int exitCode, Exception? cause = null) : Exception(message, cause)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>As the worker's commands have them, where they mean the same.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Empty = 3;
    public const int Interrupted = 130;
}
