using System.Net;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security;

internal sealed class ValidateAccessOptions : IValidateOptions<AccessOptions>
{
    /// <summary>32 letters of any usual alphabet are more than can be guessed.</summary>
    public const int MinSecretLength = 32;

    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        List<string> faults = [.. Common(options), .. Keys(options), .. options.Mode == AccessMode.OpenIdConnect ? Provider(options.OpenIdConnect) : []];
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Common(AccessOptions options)
    {
        if (!Enum.IsDefined(options.Mode))
            yield return $"Dashboard:Access:Mode must be Link, OpenIdConnect or Open, and is {options.Mode}.";
        if (options.Address is { } address && address is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            yield return $"Dashboard:Access:Address must be an address such as https://payments.example.com, and is '{address}'.";
        if (options.Lifetime < TimeSpan.FromSeconds(1) || options.Lifetime > TimeSpan.FromDays(30))
            yield return $"Dashboard:Access:Lifetime must lie between 00:00:01 and 30.00:00:00, and is {options.Lifetime}.";
        if (options.LinkLifetime < TimeSpan.FromSeconds(1) || options.LinkLifetime > TimeSpan.FromDays(30))
            yield return $"Dashboard:Access:LinkLifetime must lie between 00:00:01 and 30.00:00:00, and is {options.LinkLifetime}.";
        if (options.LinkRole is { } role && !Roles.Ascending.Contains(role))
            yield return $"Dashboard:Access:LinkRole must be viewer, analyst or admin, and is '{role}'.";
        if (string.IsNullOrWhiteSpace(options.LinkName))
            yield return "Dashboard:Access:LinkName must not be empty.";
        if (options.LinkToken is { } token && !Links.LinkToken.IsWellFormed(token))
            yield return $"Dashboard:Access:LinkToken must be {Links.LinkToken.MinLength} to {Links.LinkToken.MaxLength} letters, digits, '-' or '_'.";
        foreach (var proxy in options.KnownProxies.Where(proxy => !IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _)))
            yield return $"Dashboard:Access:KnownProxies holds '{proxy}', which is neither an address (10.0.0.7) nor a network (10.0.0.0/8).";
        foreach (var (limit, value) in ((string, int)[])
            [
                (nameof(LimitOptions.FailedSignInsPerMinute), options.Limits.FailedSignInsPerMinute),
                (nameof(LimitOptions.ReadsPerSecond), options.Limits.ReadsPerSecond),
                (nameof(LimitOptions.WritesPerSecond), options.Limits.WritesPerSecond),
                (nameof(LimitOptions.HubCallsPerSecond), options.Limits.HubCallsPerSecond),
            ])
        {
            if (value is < 1 or > 1_000_000)
                yield return $"Dashboard:Access:Limits:{limit} must lie between 1 and 1000000, and is {value}.";
        }
    }

    private static IEnumerable<string> Keys(AccessOptions options)
    {
        foreach (var (name, key) in options.ApiKeys)
        {
            if (key.Key.Length < MinSecretLength)
                yield return $"Dashboard:Access:ApiKeys:{name}:Key must have {MinSecretLength} letters or more.";
            if (!Roles.Ascending.Contains(key.Role))
                yield return $"Dashboard:Access:ApiKeys:{name}:Role must be viewer, analyst or admin, and is '{key.Role}'.";
        }

        foreach (var same in options.ApiKeys.GroupBy(key => key.Value.Key).Where(same => same.Key.Length > 0 && same.Count() > 1))
            yield return $"Dashboard:Access:ApiKeys: {string.Join(" and ", same.Select(key => key.Key))} have the same key, so nobody could tell them apart.";
    }

    private static IEnumerable<string> Provider(OpenIdConnectAccess options)
    {
        const string key = "Dashboard:Access:OpenIdConnect";
        if (options.Authority is not { IsAbsoluteUri: true })
            yield return $"{key}:Authority must be the address of the provider, such as https://login.example.com/realm.";
        else if (options.Authority is { Scheme: not "https", IsLoopback: false })
            yield return $"{key}:Authority must be https, and is {options.Authority}: over plain http anybody on the way could sign in as anybody.";

        if (string.IsNullOrWhiteSpace(options.ClientId))
            yield return $"{key}:ClientId must be set.";
        if (!options.Roles.Values.Any(values => values.Length > 0))
            yield return $"{key}:Roles must say which values of the claim '{options.RoleClaim}' make a viewer, an analyst or an admin (Roles:viewer:0=…): without, nobody would be let in.";
        foreach (var role in options.Roles.Keys.Where(role => !Roles.Ascending.Contains(role)))
            yield return $"{key}:Roles:{role} is no role: they are viewer, analyst and admin.";
    }
}
