using Fintech.Embedded.Mongo.Auth;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Fintech.Tests.Embedded;

public sealed class MongoAuthTests : IAsyncLifetime
{
    private readonly MongoTestServer _server = new("admin", "pass,wo=rd 1");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("?authSource=admin&authMechanism=SCRAM-SHA-256")]
    [InlineData("?authSource=admin")]
    public async Task The_right_password_signs_in(string options)
    {
        var database = Database("admin:pass%2Cwo%3Drd%201@", options);

        await database.GetCollection<BsonDocument>("merchants").InsertOneAsync(new BsonDocument("_id", 1), cancellationToken: Token);

        var status = await database.RunCommandAsync<BsonDocument>(new BsonDocument("connectionStatus", 1), cancellationToken: Token);
        Assert.Equal("admin", status["authInfo"]["authenticatedUsers"][0]["user"]);
    }

    [Theory]
    [InlineData("admin:wrong@", "?authSource=admin&authMechanism=SCRAM-SHA-256")]
    [InlineData("admin:@", "?authSource=admin&authMechanism=SCRAM-SHA-256")]
    [InlineData("root:pass%2Cwo%3Drd%201@", "?authSource=admin&authMechanism=SCRAM-SHA-256")]
    [InlineData("admin:pass%2Cwo%3Drd%201@", "?authSource=merchants&authMechanism=SCRAM-SHA-256")]
    public async Task Another_password_user_or_database_does_not(string user, string options)
    {
        var refusal = await Assert.ThrowsAsync<MongoAuthenticationException>(() => PingAsync(Database(user, options)));

        Assert.Equal(18, Assert.IsType<MongoCommandException>(refusal.InnerException).Code);
    }

    [Fact]
    public async Task Another_mechanism_does_not()
    {
        var refusal = await Assert.ThrowsAsync<MongoAuthenticationException>(
            () => PingAsync(Database("admin:pass%2Cwo%3Drd%201@", "?authSource=admin&authMechanism=SCRAM-SHA-1")));

        Assert.Equal("MechanismUnavailable", Assert.IsType<MongoCommandException>(refusal.InnerException).CodeName);
    }

    [Theory]
    [InlineData("{ ping: 1 }")]
    [InlineData("{ find: 'merchants' }")]
    [InlineData("{ insert: 'merchants', documents: [{ _id: 1 }] }")]
    [InlineData("{ dropDatabase: 1 }")]
    [InlineData("{ buildInfo: 1 }")]
    public async Task Without_signing_in_nothing_is_answered(string command)
    {
        var refusal = await Assert.ThrowsAsync<MongoCommandException>(
            () => Database("", "").RunCommandAsync<BsonDocument>(BsonDocument.Parse(command), cancellationToken: Token));

        Assert.Equal(13, refusal.Code);
        Assert.Equal("Unauthorized", refusal.CodeName);
    }

    [Fact]
    public void A_sign_in_that_leaves_the_rules_gets_no_answer()
    {
        var credentials = Credentials.Create("user", "pencil");
        var conversation = new ScramConversation(credentials);
        var first = conversation.Begin("n,,n=user,r=abc");
        Assert.NotNull(first);
        Assert.StartsWith("r=abc", first, StringComparison.Ordinal);
        Assert.NotEqual(first, new ScramConversation(credentials).Begin("n,,n=user,r=abc"));

        Assert.Null(new ScramConversation(credentials).Begin("p=tls-unique,,n=user,r=abc"));
        Assert.Null(new ScramConversation(credentials).Begin("n,a=root,n=user,r=abc"));
        Assert.Null(new ScramConversation(credentials).Begin("n,,n=user,r="));
        Assert.Null(new ScramConversation(credentials).Begin(""));
        Assert.Null(conversation.Finish("c=biws,r=abc,p="));
        Assert.Null(conversation.Finish($"c=biws,{first[..first.IndexOf(',')]},p={Convert.ToBase64String(new byte[32])}"));
        Assert.Null(conversation.Finish(""));
    }

    private IMongoDatabase Database(string user, string options) =>
        _server.Connect($"mongodb://{user}127.0.0.1:{_server.Port}/merchants{options}").GetDatabase("merchants");

    private static Task PingAsync(IMongoDatabase database) =>
        database.RunCommandAsync<BsonDocument>(new BsonDocument("ping", 1), cancellationToken: Token);
}
