namespace Fintech.Embedded.Mongo.Wire;

/// <summary>Bytes that are no message of the wire protocol. The connection they came on is closed; there is nobody to answer.</summary>
internal sealed class MalformedMessageException(string message, Exception? cause = null) : Exception(message, cause);
