using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Provisioning;
using Fintech.Embedded.Hosting.Running;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Fintech.Embedded.Hosting.MongoDB;

/// <summary>One MongoDB server as a child process: mongod where there is one, else the stand-in of this solution.</summary>
internal sealed class MongoProcess(MongoDBServerResource server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<ProcessSpec?> PrepareAsync(StartContext start, CancellationToken cancellationToken)
    {
        var folder = start.Data.FolderFor(server.Name, keep: server.HasAnnotationOfType<ContainerMountAnnotation>());
        var port = server.PrimaryEndpoint.Port.ToString(CultureInfo.InvariantCulture);

        if (MongoProgram.Mongod is { } mongod)
        {
            // Output to the console, which is ours; no socket in /tmp, which two servers would share.
            string[] arguments = ["--port", port, "--dbpath", folder, "--bind_ip", "localhost", "--nounixsocket", "--quiet", .. Authentication("--auth", "--noauth")];
            return Spec(start, folder) with { FileName = mongod, Arguments = [.. arguments, .. start.Arguments], SignalOnHostDeath = ChildSignal.Term };
        }

        var environment = new Dictionary<string, string>(start.EnvironmentForServer());
        if (server.PasswordParameter is { } password)
        {
            environment["FINTECH_MONGO_USERNAME"] = (await server.UserNameReference.GetValueAsync(cancellationToken))!;
            environment["FINTECH_MONGO_PASSWORD"] = (await password.GetValueAsync(cancellationToken))!;
        }

        var program = DotnetProgram.Run(MongoProgram.StandIn(), ["--port", port, "--data", folder, .. Authentication("", "--no-auth"), .. start.Arguments]);
        return Spec(start, folder) with { FileName = program.FileName, Arguments = program.Arguments, Environment = environment };
    }

    /// <summary>A new mongod knows no users, and lets a local client make the first one. The stand-in has its user from the environment.</summary>
    public async Task CreateFirstUserAsync(StartContext start, CancellationToken cancellationToken)
    {
        if (MongoProgram.Mongod is null || server.PasswordParameter is null)
            return;

        using var client = Connect(await server.ConnectionStringExpression.GetValueAsync(cancellationToken), Patience);
        try
        {
            await PingAsync(client, "admin", cancellationToken);
        }
        catch (MongoAuthenticationException)
        {
            using var anonymous = Connect($"mongodb://{server.PrimaryEndpoint.Host}:{server.PrimaryEndpoint.Port}", Patience);
            await anonymous.GetDatabase("admin").RunCommandAsync<BsonDocument>(
                new BsonDocument
                {
                    { "createUser", await server.UserNameReference.GetValueAsync(cancellationToken) },
                    { "pwd", await server.PasswordParameter.GetValueAsync(cancellationToken) },
                    { "roles", new BsonArray { "root" } },
                    { "mechanisms", new BsonArray { "SCRAM-SHA-256" } },
                },
                cancellationToken: cancellationToken);
        }
    }

    public static IMongoClient Connect(string? connectionString, TimeSpan patience)
    {
        var settings = MongoClientSettings.FromConnectionString(connectionString);
        settings.ServerSelectionTimeout = settings.ConnectTimeout = patience;
        return new MongoClient(settings);
    }

    public static Task PingAsync(IMongoClient client, string database, CancellationToken cancellationToken) =>
        client.GetDatabase(database).RunCommandAsync<BsonDocument>(new BsonDocument("ping", 1), cancellationToken: cancellationToken);

    private static ProcessSpec Spec(StartContext start, string folder) => new()
    {
        FileName = "",
        Environment = start.EnvironmentForServer(),
        WorkingDirectory = folder,
        Restart = Restart.Always,
    };

    private string[] Authentication(string on, string off) => (server.PasswordParameter is null ? off : on) is { Length: > 0 } argument ? [argument] : [];
}
