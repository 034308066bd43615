namespace Aspire.Hosting.ApplicationModel;

public class PostgresServerResource(string name, ParameterResource? userName, ParameterResource password) : ContainerResource(name), IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "tcp";

    private readonly Dictionary<string, string> _databases = new(StringComparer.OrdinalIgnoreCase);

    public EndpointReference PrimaryEndpoint => new(this, PrimaryEndpointName);

    public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);

    public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);

    public ParameterResource? UserNameParameter { get; set; } = userName;

    public ParameterResource PasswordParameter { get; set; } = password;

    public ReferenceExpression UserNameReference =>
        UserNameParameter is { } user ? ReferenceExpression.Create($"{user}") : ReferenceExpression.Create($"postgres");

    /// <summary>By resource name.</summary>
    public IReadOnlyDictionary<string, string> Databases => _databases;

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"Host={Host};Port={Port};Username={UserNameReference};Password={PasswordParameter}");

    public ReferenceExpression UriExpression => UriOf(null);

    public ReferenceExpression JdbcConnectionString => JdbcOf(null);

    public IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() => PropertiesOf(null);

    internal void AddDatabase(string resourceName, string databaseName) => _databases[resourceName] = databaseName;

    internal IEnumerable<KeyValuePair<string, ReferenceExpression>> PropertiesOf(string? database)
    {
        yield return new("Host", ReferenceExpression.Create($"{Host}"));
        yield return new("Port", ReferenceExpression.Create($"{Port}"));
        yield return new("Username", UserNameReference);
        yield return new("Password", ReferenceExpression.Create($"{PasswordParameter}"));
        yield return new("Uri", UriOf(database));
        yield return new("JdbcConnectionString", JdbcOf(database));
        if (database is not null)
            yield return new("DatabaseName", ReferenceExpression.Create($"{database}"));
    }

    internal ReferenceExpression UriOf(string? database)
    {
        var uri = new ReferenceExpressionBuilder();
        uri.AppendLiteral("postgresql://");
        if (UserNameParameter is { } user)
            uri.Append($"{user:uri}");
        else
            uri.AppendLiteral("postgres");
        uri.Append($":{PasswordParameter:uri}@{Host}:{Port}");
        if (database is not null)
            uri.Append($"/{database:uri}");

        return uri.Build();
    }

    internal ReferenceExpression JdbcOf(string? database) => database is null
        ? ReferenceExpression.Create($"jdbc:postgresql://{Host}:{Port}")
        : ReferenceExpression.Create($"jdbc:postgresql://{Host}:{Port}/{database:uri}");
}

public class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource postgresParentResource)
    : Resource(name), IResourceWithParent<PostgresServerResource>, IResourceWithConnectionString
{
    public PostgresServerResource Parent { get; } = postgresParentResource;

    public string DatabaseName { get; } = databaseName;

    public ReferenceExpression ConnectionStringExpression
    {
        get
        {
            // The builder quotes a name that holds a semicolon or the like.
            var database = new System.Data.Common.DbConnectionStringBuilder { ["Database"] = DatabaseName }.ToString();
            return ReferenceExpression.Create($"{Parent.ConnectionStringExpression};{database}");
        }
    }

    public ReferenceExpression UriExpression => Parent.UriOf(DatabaseName);

    public ReferenceExpression JdbcConnectionString => Parent.JdbcOf(DatabaseName);

    public IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() => Parent.PropertiesOf(DatabaseName);
}
