using System.Security.Cryptography;
using Fintech.Etl.Worker.Privacy;
using Fintech.Tests.Warehouse;
using Microsoft.Extensions.Options;
using Xunit;

namespace Fintech.Tests.Privacy;

public sealed class PiiKeyTests(Servers servers)
{
    private const string Secret = "0123456789abcdef0123456789abcdef0123456789ab";
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_weak_key_is_refused() =>
        Assert.Contains("at least 32", Assert.Throws<ArgumentException>(() => new PiiKey("short", 1)).Message);

    [Fact]
    public void The_same_mailbox_gives_the_same_hash_and_another_key_another_one()
    {
        var key = new PiiKey(Secret, 1);
        Assert.Equal(key.HashEmail("Ada@Example.com "), key.HashEmail("ada@example.com"));
        Assert.NotEqual(key.HashEmail("ada@example.com"), new PiiKey(Secret + "x", 1).HashEmail("ada@example.com"));
        Assert.NotEqual(key.HashEmail("lovelace"), key.HashLastName("lovelace"));
        Assert.NotEqual(SHA256.HashData("ada@example.com"u8), key.HashEmail("ada@example.com"));
        Assert.Null(key.HashEmail(null));
    }

    [Fact]
    public void What_is_sealed_opens_with_the_same_key_only()
    {
        var sealedBytes = new PiiKey(Secret, 1).Seal("{\"broken\":"u8);
        Assert.Equal("{\"broken\":"u8, new PiiKey(Secret, 1).Unseal(sealedBytes));
        Assert.Throws<AuthenticationTagMismatchException>(() => new PiiKey(Secret + "x", 1).Unseal(sealedBytes));
        Assert.Equal(-1, sealedBytes.AsSpan().IndexOf("broken"u8));
    }

    [Fact]
    public async Task A_warehouse_refuses_another_key_than_its_own()
    {
        await using var warehouse = await WarehouseDatabase.CreateAsync(servers, Token);
        await Ring(Secret).OpenAsync(Token);
        await Ring(Secret).OpenAsync(Token);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Ring(Secret + "x").OpenAsync(Token));
        Assert.Contains("not the key this warehouse was pseudonymised with", refusal.Message);

        PiiKeyRing Ring(string secret) => new(warehouse.DataSource, Options.Create(new PrivacyOptions { PiiKey = secret }));
    }
}
