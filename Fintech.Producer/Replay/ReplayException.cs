namespace Fintech.Producer.Replay;

/// <summary>The replay cannot be done as asked; the message says why, in a sentence.</summary>
internal sealed class ReplayException(string message) : Exception(message);
