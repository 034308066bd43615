namespace Fintech.Dashboard.Security;

/// <summary>Where somebody wanted to go before he signed in: a place of this server, whatever the address says.</summary>
internal static class ReturnUrl
{
    public const string Parameter = "returnUrl";
    public const string Home = "/";

    private const int MaxLength = 2_000;

    public static string Of(HttpRequest request) => LocalOrHome(request.Path + request.QueryString);

    /// <summary>
    /// <c>/alerts?rule=velocity</c> stays; anything else becomes the first page: a full address, <c>//elsewhere</c>, <c>/\elsewhere</c>
    /// and every form in which browsers or proxies, which decode and tidy up addresses, would see one of these.
    /// </summary>
    public static string LocalOrHome(string? wanted) => wanted is not null && IsLocal(wanted) ? wanted : Home;

    private static bool IsLocal(string wanted)
    {
        if (wanted.Length is 0 or > MaxLength || wanted[0] != '/' || wanted.Any(letter => letter is <= ' ' or >= '\x7f' or '\\'))
            return false;

        // "/%5Cevil", "/%252F%252Fevil": the path is looked at as it is and as whoever decodes it once or twice would see it.
        var path = wanted.Split('?', '#')[0];
        for (var times = 0; times < 3; times++)
        {
            if (path.Contains("//", StringComparison.Ordinal) || path.Contains('\\') || path.Any(char.IsControl) || path.Split('/').Contains(".."))
                return false;
            path = Uri.UnescapeDataString(path);
        }

        return !path.StartsWith(SignIn.SignInEndpoints.Path, StringComparison.OrdinalIgnoreCase)
            && !path.StartsWith(SignIn.SignInEndpoints.OutPath, StringComparison.OrdinalIgnoreCase);
    }
}
