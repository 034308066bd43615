using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Fintech.Etl.Worker.Scoring;

namespace Fintech.Etl.Worker.Webhooks;

/// <summary>Who is told of alerts, and how patiently: <c>docs/webhooks.md</c>.</summary>
internal sealed class WebhookOptions : IValidatableObject
{
    public const string Section = "Webhooks";

    public IList<WebhookTargetOptions> Targets { get; init; } = [];

    /// <summary>How long a receiver may take to answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many alerts are on their way to one target at a time.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>How often the outbox is looked at while nothing is due.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Pause after a first failure; it doubles with each one, and is shortened by up to a half at random.</summary>
    public TimeSpan MinRetryDelay { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long an alert is tried before it becomes a dead letter.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(3);

    public TimeSpan KeepDelivered { get; init; } = TimeSpan.FromDays(7);

    public TimeSpan KeepDead { get; init; } = TimeSpan.FromDays(90);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromMinutes(2))
            yield return Fault(nameof(Timeout), $"is {Timeout}; above zero and at most two minutes are possible");
        if (Concurrency is < 1 or > 64)
            yield return Fault(nameof(Concurrency), $"is {Concurrency}; 1 to 64 are possible");
        if (PollInterval <= TimeSpan.Zero)
            yield return Fault(nameof(PollInterval), $"is {PollInterval}; it must be above zero");
        if (MinRetryDelay <= TimeSpan.Zero || MaxRetryDelay < MinRetryDelay)
            yield return Fault(nameof(MinRetryDelay), $"is {MinRetryDelay}; it must be above zero and not above {Section}:{nameof(MaxRetryDelay)}");
        if (GiveUpAfter <= TimeSpan.Zero)
            yield return Fault(nameof(GiveUpAfter), $"is {GiveUpAfter}; it must be above zero");
        if (KeepDelivered < TimeSpan.Zero || KeepDead < TimeSpan.Zero)
            yield return Fault(nameof(KeepDelivered), $"and {Section}:{nameof(KeepDead)} must not be negative");

        for (var i = 0; i < Targets.Count; i++)
        {
            foreach (var (key, what) in Targets[i].Faults())
                yield return Fault($"{nameof(Targets)}:{i}:{key}", what);
            if (Targets[i].Id is { } id && Targets.Take(i).Any(before => before.Id == id))
                yield return Fault($"{nameof(Targets)}:{i}:{nameof(WebhookTargetOptions.Name)}", $"is '{id}', as that of a target before it; give each a Name of its own");
        }
    }

    private static ValidationResult Fault(string key, string what) => new($"{Section}:{key} {what}.");
}

/// <summary>One receiver. Neither its address nor its secret is ever logged: an address may carry a token.</summary>
internal sealed partial class WebhookTargetOptions
{
    public const string SecretPrefix = "whsec_";

    private const int ShortestSecret = 24;

    /// <summary>What it is called in the outbox, metrics and logs; where none is given, host and port of the address.</summary>
    public string? Name { get; init; }

    public string Url { get; init; } = "";

    /// <summary><c>whsec_</c> and Base64 of the key, or the key itself as text.</summary>
    public string Secret { get; init; } = "";

    /// <summary>The secret before it: while it is given, requests are signed with both.</summary>
    public string? FormerSecret { get; init; }

    public string MinSeverity { get; init; } = "high";

    public string? Id => Name ?? Address?.Authority;

    public Uri? Address => Uri.TryCreate(Url, UriKind.Absolute, out var address) ? address : null;

    public IEnumerable<(string Key, string What)> Faults()
    {
        if (Address is not { Scheme: "https" or "http" } address)
            yield return (nameof(Url), "must be an absolute address such as https://alerts.example.com/fintech");
        else if (address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback)
            yield return (nameof(Url), "must begin with https:// (http:// only for a loopback address)");
        else if (address.UserInfo.Length > 0 || address.Fragment.Length > 0)
            yield return (nameof(Url), "must have no user name, password or fragment; the signature says who sends");
        if (Name is not null && !NameShape().IsMatch(Name))
            yield return (nameof(Name), "must be 1 to 64 of a-z, 0-9, '.', '_', ':' and -, beginning with a letter or digit");
        if (Key(Secret) is null)
            yield return (nameof(Secret), $"must be {SecretPrefix} followed by Base64, or text, of at least {ShortestSecret} bytes");
        if (FormerSecret is { Length: > 0 } && Key(FormerSecret) is null)
            yield return (nameof(FormerSecret), $"must be {SecretPrefix} followed by Base64, or text, of at least {ShortestSecret} bytes");
        if (!Severities.All.Contains(MinSeverity))
            yield return (nameof(MinSeverity), $"is '{MinSeverity}'; it must be one of {string.Join(", ", Severities.All)}");
    }

    /// <returns>Null where the secret is not fit to be one.</returns>
    public static byte[]? Key(string secret)
    {
        byte[] key;
        if (secret.StartsWith(SecretPrefix, StringComparison.Ordinal))
        {
            key = new byte[secret.Length];
            if (!Convert.TryFromBase64String(secret[SecretPrefix.Length..], key, out var length))
                return null;
            key = key[..length];
        }
        else
        {
            key = System.Text.Encoding.UTF8.GetBytes(secret);
        }

        return key.Length >= ShortestSecret ? key : null;
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._:-]{0,63}\z")]
    private static partial Regex NameShape();
}
