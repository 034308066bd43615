using System.Runtime.InteropServices;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>kill(2) and signal(2): .NET itself can only send SIGKILL, and ignore nothing.</summary>
internal static partial class NativeSignal
{
    public const int Int = 2;
    public const int Kill = 9;
    public const int Term = 15;

    /// <summary>Sent to a program in the background that reads the terminal; it stops the program unless ignored.</summary>
    public const int TerminalInput = 21;

    /// <summary>The one number that Linux and macOS do not share.</summary>
    public static readonly int Usr1 = OperatingSystem.IsMacOS() ? 30 : 10;

    private const int NoSuchProcess = 3;
    private const nint IgnoreHandler = 1;
    private const nint Failed = -1;

    /// <param name="processId">A process, or a whole group where negative. One that is gone is fine.</param>
    public static void Send(int processId, int signal)
    {
        if (SendRaw(processId, signal) != 0 && Marshal.GetLastPInvokeError() is var error and not NoSuchProcess)
            throw new InvalidOperationException($"Process {processId} could not be sent signal {signal}: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    public static void Ignore(int signal)
    {
        if (SetHandlerRaw(signal, IgnoreHandler) == Failed)
            throw new InvalidOperationException($"Signal {signal} cannot be ignored: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
    }

    [LibraryImport("libc", EntryPoint = "signal", SetLastError = true)]
    private static partial nint SetHandlerRaw(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendRaw(int processId, int signal);
}
