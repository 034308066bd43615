namespace Fintech.Dashboard.Alerts;

/// <summary>What analysts are told of one another's work.</summary>
internal static class TriageWords
{
    public static string StateName(string status) => status switch
    {
        "open" => "open",
        "acknowledged" => "acknowledged",
        "confirmed_fraud" => "confirmed fraud",
        "false_positive" => "a false positive",
        _ => status,
    };

    /// <param name="standing">Null where there is no such alert.</param>
    /// <param name="wanted">Null: a decision was to be taken back.</param>
    public static Refusal Refuse(SeenAlert asked, Standing? standing, string? wanted, string actor, DateTimeOffset now)
    {
        if (standing is null)
            return Of("unknown", null, "There is no such alert.");
        if (standing.DispositionId != asked.After && standing.ChangedAt is { } at)
            return Of("changed", standing.Actor, $"{standing.Actor} {Did(standing)} {Ago(now - at)}.");
        if (standing.Claim is { } claim && claim.Actor != actor)
            return Of("claimed", claim.Actor, $"{claim.Actor} has been working on this for {Age(now - claim.Since)}.");
        if (wanted is null)
            return Of("impossible", standing.Actor, "There is no decision to take back.");
        return standing.Status == wanted
            ? Of("impossible", standing.Actor, $"It is {StateName(wanted)} already.")
            : standing.Status == "open"
                ? Of("changed", null, "It was changed at the same moment; look again.")
                : Of("impossible", standing.Actor, $"It is {StateName(standing.Status)}: take that back first.");

        Refusal Of(string kind, string? by, string sentence) => new(asked.Id, asked.Source, kind, by, sentence);
    }

    /// <summary>"41 marked, 2 were already decided by Maria."</summary>
    public static string Summary(int done, IReadOnlyList<Refusal> refused)
    {
        var parts = refused.CountBy(refusal => (refusal.Kind, refusal.By)).Select(group => group.Key switch
        {
            ("changed", { } by) => $"{Were(group.Value)} already decided by {by}",
            ("claimed", { } by) => $"{Were(group.Value)} being worked on by {by}",
            ("unknown", _) => $"{Were(group.Value)} not found",
            ("changed", _) => $"{Were(group.Value)} changed at the same moment",
            _ => $"{Were(group.Value)} decided before",
        });
        return $"{string.Join(", ", [$"{done:N0} marked", .. parts])}.";
    }

    /// <summary>12 s, 4 min, 3 h, 2 d</summary>
    public static string Age(TimeSpan age) => age switch
    {
        { TotalSeconds: < 60 } => $"{Math.Max(0, (int)age.TotalSeconds)} s",
        { TotalMinutes: < 60 } => $"{(int)age.TotalMinutes} min",
        { TotalHours: < 48 } => $"{(int)age.TotalHours} h",
        _ => $"{(int)age.TotalDays} d",
    };

    private static string Ago(TimeSpan age) => $"{Age(age)} ago";

    private static string Were(int count) => count == 1 ? "1 was" : $"{count} were";

    private static string Did(Standing standing) => standing switch
    {
        { Undone: true } => "took the decision on this back",
        { Status: "acknowledged" } => "acknowledged this",
        { Status: "confirmed_fraud" } => "confirmed this as fraud",
        { Status: "false_positive" } => "marked this as a false positive",
        _ => "opened this again",
    };
}
