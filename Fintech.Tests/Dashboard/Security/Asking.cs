using System.Net.Http.Json;
using System.Text.Json;

namespace Fintech.Tests.Dashboard.Security;

/// <summary>Requests as an attacker writes them: no redirect is followed, no cookie kept, no header added.</summary>
internal static class Asking
{
    public static HttpClient Bare(Uri address) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = address };

    public static async Task<HttpResponseMessage> AskAsync(
        this HttpClient http, HttpMethod method, string path, CancellationToken cancellationToken, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request, cancellationToken);
    }

    /// <summary>The sentence of problem details.</summary>
    public static async Task<string> DetailAsync(this HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
            throw new InvalidOperationException($"{answer.RequestMessage?.RequestUri} answered {(int)answer.StatusCode} as {answer.Content.Headers.ContentType}, not as problem details.");
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("detail").GetString()!;
    }

    /// <summary><c>fintech-0=CfDJ8…</c>, of the header that sets it.</summary>
    public static string CookieOf(HttpResponseMessage answer) =>
        answer.Headers.GetValues("Set-Cookie").First(cookie => cookie.StartsWith("fintech-", StringComparison.Ordinal) && !cookie.StartsWith("fintech-csrf", StringComparison.Ordinal))
            .Split(';')[0];
}
