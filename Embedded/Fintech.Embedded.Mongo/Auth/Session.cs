namespace Fintech.Embedded.Mongo.Auth;

/// <summary>What one connection has shown of itself so far.</summary>
internal sealed class Session(int connectionId)
{
    /// <summary>A connection has one conversation at a time, so one number does for all.</summary>
    public const int ConversationId = 1;

    public int ConnectionId => connectionId;

    /// <summary>Who has signed in; null for nobody.</summary>
    public string? User { get; set; }

    public ScramConversation? Conversation { get; set; }

    /// <summary>The password was right, and only an empty message is missing to the end of the conversation.</summary>
    public bool IsProven { get; set; }

    public bool SkipsEmptyExchange { get; set; }

    public void SignOut() => (User, Conversation, IsProven, SkipsEmptyExchange) = (null, null, false, false);
}
