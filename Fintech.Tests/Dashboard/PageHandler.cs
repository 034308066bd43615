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

    public CookieContainer Cookies => cookies;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (WriteGuard.IsWrite(request.Method.Method) && !request.Headers.Contains(WriteGuard.Header) && request.Headers.Authorization is null)
        {
            using var asking = new HttpRequestMessage(HttpMethod.Get, new Uri(request.RequestUri!, "/api/csrf"));
            using var answer = await base.SendAsync(asking, cancellationToken);
            if (answer.IsSuccessStatusCode)
                request.Headers.Add(WriteGuard.Header, (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("token").GetString());
        }

        return await base.SendAsync(request, cancellationToken);
    }
}
