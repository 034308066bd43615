namespace Fintech.Embedded.Mongo;

/// <summary>The command line or the environment asks for something impossible.</summary>
internal sealed class UsageException(string message) : Exception(message);
