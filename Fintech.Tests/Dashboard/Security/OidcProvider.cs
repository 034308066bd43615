using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Fintech.Tests.Dashboard.Security;

/// <summary>A small OpenID Connect provider that signs in whoever asks, and can be made to lie.</summary>
internal sealed class OidcProvider : IAsyncDisposable
{
    public const string ClientId = "fintech";
    public const string ClientSecret = "secret-of-a-test";

    private readonly WebApplication app;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<string, IQueryCollection> codes = new();

    private OidcProvider(WebApplication app) => this.app = app;

    public Uri Authority => new(app.Urls.Single());

    public string[] Roles { get; set; } = ["staff", "fraud-team"];

    /// <summary>Changes what the ID token says.</summary>
    public Action<SecurityTokenDescriptor> Lie { get; set; } = _ => { };

    public bool SignsWithAnotherKey { get; set; }

    public static async Task<OidcProvider> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var provider = new OidcProvider(app);
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new Dictionary<string, object>
        {
            ["issuer"] = provider.Authority.ToString(),
            ["authorization_endpoint"] = new Uri(provider.Authority, "/authorize"),
            ["token_endpoint"] = new Uri(provider.Authority, "/token"),
            ["jwks_uri"] = new Uri(provider.Authority, "/keys"),
            ["response_types_supported"] = new[] { "code" },
            ["code_challenge_methods_supported"] = new[] { "S256" },
        }));
        app.MapGet("/keys", provider.Keys);
        app.MapGet("/authorize", provider.Authorize);
        app.MapPost("/token", provider.TokenAsync);
        await app.StartAsync(cancellationToken);
        return provider;
    }

    private IResult Keys()
    {
        var point = key.ExportParameters(false).Q;
        return Results.Json(new { keys = new[] { new { kty = "EC", use = "sig", crv = "P-256", kid = "k1", x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y) } } });
    }

    private IResult Authorize(HttpContext context)
    {
        var asked = context.Request.Query;
        if (asked["response_type"] != "code" || asked["client_id"] != ClientId || asked["code_challenge_method"] != "S256" || asked["nonce"].Count == 0)
            return Results.BadRequest($"Not code flow with PKCE and nonce: {context.Request.QueryString}");

        var code = Guid.NewGuid().ToString("n");
        codes[code] = asked;
        return Results.Redirect($"{asked["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(asked["state"].ToString())}");
    }

    private async Task<IResult> TokenAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        if (form["client_secret"] != ClientSecret || !codes.TryRemove(form["code"].ToString(), out var asked) || asked["code_challenge"] != challenge)
            return Results.Json(new { error = "invalid_grant" }, statusCode: StatusCodes.Status400BadRequest);

        using var another = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var token = new SecurityTokenDescriptor
        {
            Issuer = Authority.ToString(),
            Audience = ClientId,
            IssuedAt = DateTime.UtcNow,
            NotBefore = DateTime.UtcNow.AddMinutes(-1),
            Expires = DateTime.UtcNow.AddMinutes(5),
            Claims = new Dictionary<string, object>
            {
                ["sub"] = "u-17",
                ["preferred_username"] = "ann@example.com",
                ["nonce"] = asked["nonce"].ToString(),
                ["roles"] = Roles,
            },
            SigningCredentials = new(
                new ECDsaSecurityKey(SignsWithAnotherKey ? another : key) { KeyId = "k1", CryptoProviderFactory = new() { CacheSignatureProviders = false } },
                SecurityAlgorithms.EcdsaSha256),
        };
        Lie(token);
        return Results.Json(new { access_token = "unused", token_type = "Bearer", expires_in = 300, id_token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token) });
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        key.Dispose();
    }
}
