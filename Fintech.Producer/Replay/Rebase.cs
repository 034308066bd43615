using System.Globalization;

namespace Fintech.Producer.Replay;

/// <summary>
/// Moves all times by the same, so that distances between purchases, which fraud rules look at, stay as they were. The moment becomes
/// part of the ids: the same history moved elsewhere is other transactions, not the same ones with other content.
/// </summary>
internal sealed class Rebase(DateTimeOffset last, DateTimeOffset to)
{
    /// <summary>In whole seconds, as <c>--rebase-to</c> takes it.</summary>
    public DateTimeOffset To { get; } = DateTimeOffset.FromUnixTimeSeconds(to.ToUnixTimeSeconds());

    public TimeSpan Shift => To - last;

    public string Suffix => string.Create(CultureInfo.InvariantCulture, $"@{To.ToUnixTimeSeconds()}");
}
