using System.Security.Cryptography;
using Fintech.Etl.Worker.Privacy;
using Fintech.Tests.Warehouse;
using Microsoft.Extensions.Options;
using Xunit;

namespace Fintech.Tests.Privacy;

public sealed class PiiKeyTests(Servers servers)
{
    private const string Secret = "only-for-tests-0123456789-0123456789-abcdefgh";
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_weak_key_is_refused() =>
        Assert.Contains("at least 32", Assert.Throws<ArgumentException>(() => new PiiKey("short", 1)).Message);

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef", "hexadecimal digits, of which 256 bits need 64")]
    [InlineData("0123456789012345678901234567890123456789", "decimal digits, of which 256 bits need 78")]
    [InlineData("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP", "base64 characters, of which 256 bits need 43")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "repeats a few characters")]
    [InlineData("äöüäöüäöüäöüäöü", "at least 32 bytes")]
    public void A_secret_is_judged_by_what_it_is_written_in(string secret, string fault) => Assert.Contains(fault, KeyStrength.Fault(secret));

    [Theory]
    [InlineData("c7Y0mJ2dWqk1nq3S8YtP6zv5uXbR4hLe9aFg0iKoZyM=")]
    [InlineData("8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92")]
    [InlineData("a long sentence of many different words, why not")]
    public void A_secret_that_can_hold_256_bits_is_accepted(string secret) => Assert.Null(KeyStrength.Fault(secret));

    [Fact]
    public void Ids_and_contents_hash_the_same_under_every_version_and_names_do_not()
    {
        var carried = new byte[PiiKey.CarriedBytes];
        var (first, second) = (new PiiKey(Secret, 1, carried), new PiiKey(Secret + "x", 2, carried));
        Assert.Equal(first.HashSubject(42), second.HashSubject(42));
        Assert.Equal(first.HashRow("42"), second.HashRow("42"));
        Assert.NotEqual(first.HashRow("42"), first.HashSubject(42));
        Assert.NotEqual(first.HashFirstName("ada"), second.HashFirstName("ada"));
        Assert.NotEqual(first.HashCustomer("ada"), second.HashCustomer("ada"));
    }

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
        Assert.Contains("under key version 1, not 2", Assert.Throws<CryptographicException>(() => new PiiKey(Secret, 2).Unseal(sealedBytes)).Message);
        Assert.Throws<CryptographicException>(() => new PiiKey(Secret, 1).Unseal(sealedBytes.AsSpan(0, 31)));
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
