namespace Aspire.Hosting.ApplicationModel;

public class MongoDBServerResource(string name) : ContainerResource(name), IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "tcp";

    private readonly Dictionary<string, string> _databases = new(StringComparer.OrdinalIgnoreCase);

    public MongoDBServerResource(string name, ParameterResource? userNameParameter, ParameterResource? passwordParameter) : this(name)
    {
        UserNameParameter = userNameParameter;
        PasswordParameter = passwordParameter;
    }

    public EndpointReference PrimaryEndpoint => new(this, PrimaryEndpointName);

    public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);

    public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);

    public ParameterResource? UserNameParameter { get; }

    public ParameterResource? PasswordParameter { get; }

    public ReferenceExpression UserNameReference =>
        UserNameParameter is { } user ? ReferenceExpression.Create($"{user}") : ReferenceExpression.Create($"admin");

    /// <summary>By resource name.</summary>
    public IReadOnlyDictionary<string, string> Databases => _databases;

    public ReferenceExpression ConnectionStringExpression => UriOf(null);

    public ReferenceExpression UriExpression => UriOf(null);

    public IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() => PropertiesOf(null);

    internal void AddDatabase(string resourceName, string databaseName) => _databases[resourceName] = databaseName;

    internal IEnumerable<KeyValuePair<string, ReferenceExpression>> PropertiesOf(string? database)
    {
        yield return new("Host", ReferenceExpression.Create($"{Host}"));
        yield return new("Port", ReferenceExpression.Create($"{Port}"));
        yield return new("Username", UserNameReference);
        if (PasswordParameter is { } password)
        {
            yield return new("Password", ReferenceExpression.Create($"{password}"));
            yield return new("AuthenticationDatabase", ReferenceExpression.Create($"admin"));
            yield return new("AuthenticationMechanism", ReferenceExpression.Create($"SCRAM-SHA-256"));
        }

        yield return new("Uri", UriOf(database));
        if (database is not null)
            yield return new("DatabaseName", ReferenceExpression.Create($"{database}"));
    }

    // mongodb://admin:secret@localhost:27017/merchants?authSource=admin&authMechanism=SCRAM-SHA-256
    internal ReferenceExpression UriOf(string? database)
    {
        var uri = new ReferenceExpressionBuilder();
        uri.AppendLiteral("mongodb://");
        if (PasswordParameter is { } password)
        {
            if (UserNameParameter is { } user)
                uri.Append($"{user:uri}");
            else
                uri.AppendLiteral("admin");
            uri.Append($":{password:uri}@");
        }

        uri.Append($"{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)}");
        if (database is not null || PasswordParameter is not null)
            uri.AppendLiteral("/");
        if (database is not null)
            uri.Append($"{database:uri}");
        if (PasswordParameter is not null)
            uri.AppendLiteral("?authSource=admin&authMechanism=SCRAM-SHA-256");

        return uri.Build();
    }
}

public class MongoDBDatabaseResource(string name, string databaseName, MongoDBServerResource parent)
    : Resource(name), IResourceWithParent<MongoDBServerResource>, IResourceWithConnectionString
{
    public MongoDBServerResource Parent { get; } = parent;

    public string DatabaseName { get; } = databaseName;

    public ReferenceExpression ConnectionStringExpression => Parent.UriOf(DatabaseName);

    public ReferenceExpression UriExpression => Parent.UriOf(DatabaseName);

    public IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() => Parent.PropertiesOf(DatabaseName);
}
