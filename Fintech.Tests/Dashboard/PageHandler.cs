using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Fintech.Dashboard.Security;

namespace Fintech.Tests.Dashboard;

/// <summary>What shell/api.ts does in the browser: keeps the cookies, and asks for the token that writes carry.</summary>
internal sealed class PageHandler(CookieContainer cookies) : DelegatingHandler(new SocketsHttpHandler { CookieContainer = cookies })
{
    public PageHandler() : this(new CookieContainer())
    {
    }

    /// <summary>One at a time, as the page asks once: two first answers would each set a cookie, and the token of one of them would be worth nothing.</summary>
    private readonly SemaphoreSlim asking = new(1);

    public CookieContainer Cookies => cookies;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (WriteGuard.IsWrite(request.Method.Method) && !request.Headers.Contains(WriteGuard.Header) && request.Headers.Authorization is null)
        {
            if (await TokenAsync(new Uri(request.RequestUri!, "/api/csrf"), cancellationToken) is { } token)
                request.Headers.Add(WriteGuard.Header, token);
        }

        return await base.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            asking.Dispose();
        base.Dispose(disposing);
    }

    private async Task<string?> TokenAsync(Uri address, CancellationToken cancellationToken)
    {
        await asking.WaitAsync(cancellationToken);
        try
        {
            using var question = new HttpRequestMessage(HttpMethod.Get, address);
            using var answer = await base.SendAsync(question, cancellationToken);
            return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("token").GetString() : null;
        }
        finally
        {
            asking.Release();
        }
    }
}
