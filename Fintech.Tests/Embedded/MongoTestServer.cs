using Fintech.Embedded.Mongo;
using Fintech.Embedded.Mongo.Auth;
using Fintech.Embedded.Mongo.Storage;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Fintech.Tests.Embedded;

/// <summary>A server of our own on a free port, with a data folder of its own that goes when it goes.</summary>
internal sealed class MongoTestServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fintech-mongo-");
    private readonly Credentials? _credentials;
    private readonly long _leastWaste;
    private readonly List<IMongoClient> _clients = [];
    private MongoServer? _server;

    public MongoTestServer(string? username = null, string? password = null, long leastWaste = Store.DefaultLeastWaste)
    {
        _credentials = username is null ? null : Credentials.Create(username, password!);
        _leastWaste = leastWaste;
        Start();
    }

    /// <summary>What the server had to say, in lines.</summary>
    public StringWriter Log { get; } = new();

    public string DataFolder => _folder.FullName;

    public string JournalPath => Path.Combine(DataFolder, "mongo.journal");

    public int Port => _server!.EndPoint.Port;

    public IMongoDatabase Database => Connect($"mongodb://127.0.0.1:{Port}").GetDatabase("merchants");

    public IMongoCollection<BsonDocument> Collection => Database.GetCollection<BsonDocument>("merchants");

    public IMongoClient Connect(string url)
    {
        var settings = MongoClientSettings.FromConnectionString(url);
        settings.ServerSelectionTimeout = TimeSpan.FromSeconds(10);
        var client = new MongoClient(settings);
        _clients.Add(client);
        return client;
    }

    public void Start() =>
        _server = MongoServer.Start(
            new ServerOptions { Port = 0, DataFolder = DataFolder, Credentials = _credentials, LeastWaste = _leastWaste },
            TimeProvider.System,
            TextWriter.Synchronized(Log));

    public async Task StopAsync()
    {
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();

        await StopAsync();
        _folder.Delete(recursive: true);
    }
}
