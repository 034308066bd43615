namespace Fintech.Embedded.Mongo.Storage;

/// <summary>The data folder cannot be used; the message is one for whoever started the server.</summary>
internal sealed class DataFolderException(string message, Exception? cause = null) : Exception(message, cause);
