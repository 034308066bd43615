using Aspire.Hosting;
using Fintech.Embedded.Hosting.Postgres;
using Fintech.Embedded.Hosting.Running;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>A data folder that cannot be used, or whose passwords cannot be read, is a sentence and is left as it is.</summary>
public sealed class HostingFoldersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fintech-folders-").FullName;

    private string Secrets => Path.Combine(_folder, "secrets.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_data_folder_that_cannot_be_written_is_named_with_its_setting()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");

        using var data = new DataFolder(file, temporary: false);
        var refusal = Assert.Throws<DistributedApplicationException>(data.Acquire).Message;
        Assert.StartsWith($"The data folder {file} cannot be used (", refusal);
        Assert.EndsWith("set Embedded:DataFolder to another folder.", refusal);
    }

    [Fact]
    public void A_resources_folder_that_cannot_be_written_is_named()
    {
        File.WriteAllText(Path.Combine(_folder, "redis"), "");

        using var data = new DataFolder(_folder, temporary: false);
        var refusal = Assert.Throws<DistributedApplicationException>(() => data.FolderFor("redis", keep: true)).Message;
        Assert.StartsWith($"The data folder {_folder}/redis cannot be used (", refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1, 2]")]
    [InlineData("{ \"Parameters:oltp-password\": 7 }")]
    [InlineData("{ \"Parameters:oltp-password\": \"x")]
    public void A_damaged_file_of_passwords_is_named_and_left_as_it_is(string damaged)
    {
        File.WriteAllText(Secrets, damaged);

        using var data = new DataFolder(_folder, temporary: false);
        var refusal = Assert.Throws<DistributedApplicationException>(() => data.Secrets.GetOrAdd("Parameters:oltp-password", () => "new")).Message;
        Assert.StartsWith($"The generated passwords in {Secrets} cannot be read: the file is damaged.", refusal);
        Assert.Equal(damaged, File.ReadAllText(Secrets));
    }

    [Fact]
    public void A_password_once_generated_is_the_password()
    {
        using (var data = new DataFolder(_folder, temporary: false))
            Assert.Equal("first", data.Secrets.GetOrAdd("Parameters:oltp-password", () => "first"));

        using var again = new DataFolder(_folder, temporary: false);
        Assert.Equal("other", again.Secrets.GetOrAdd("Parameters:pii-key", () => "other"));
        Assert.Equal("first", again.Secrets.GetOrAdd("Parameters:oltp-password", () => "second"));
    }

    [Theory]
    [InlineData("running bootstrap script ... 2026-11-23 11:08:34.778 UTC [2920] FATAL:  could not write to file \"base/5/1259\": No space left on device", "could not write to file \"base/5/1259\": No space left on device")]
    [InlineData("initdb: error: could not create directory \"/srv/oltp\": Permission denied", "could not create directory \"/srv/oltp\": Permission denied")]
    [InlineData("child process exited with exit code 1", null)]
    public void The_reason_for_a_cluster_that_could_not_be_made_is_found_among_all_that_initdb_says(string line, string? reason) =>
        Assert.Equal(reason, InitdbOutput.ReasonIn($"The files belonging to this database system will be owned by user \"postgres\".\n{line}\ninitdb: removing data directory"));

    [Fact]
    public async Task A_lock_file_whose_process_id_another_program_has_got_since_is_removed()
    {
        var lockFile = Path.Combine(_folder, "postmaster.pid");
        await File.WriteAllTextAsync(lockFile, $"{Environment.ProcessId}\n/elsewhere\n", TestContext.Current.CancellationToken);

        await StaleServer.ClearAsync("oltp", lockFile, _folder, "postgres", TestContext.Current.CancellationToken);
        Assert.False(File.Exists(lockFile));
    }
}
