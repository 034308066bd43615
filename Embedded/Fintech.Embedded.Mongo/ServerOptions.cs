using System.Globalization;
using Fintech.Embedded.Mongo.Auth;
using Fintech.Embedded.Mongo.Storage;

namespace Fintech.Embedded.Mongo;

internal sealed class ServerOptions
{
    public const string UsernameVariable = "FINTECH_MONGO_USERNAME";
    public const string PasswordVariable = "FINTECH_MONGO_PASSWORD";
    public const string Usage = "Usage: Fintech.Embedded.Mongo --port 27099 --data DIR [--no-auth]";

    /// <summary>0 lets the system choose.</summary>
    public required int Port { get; init; }

    public required string DataFolder { get; init; }

    /// <summary>Null where nobody has to sign in.</summary>
    public required Credentials? Credentials { get; init; }

    /// <summary>How much of the journal has to be outdated before it is written anew.</summary>
    public long LeastWaste { get; init; } = Store.DefaultLeastWaste;

    /// <summary>Throws a <see cref="UsageException"/> whose message is a sentence for whoever wrote the command line.</summary>
    public static ServerOptions Parse(string[] args, Func<string, string?> environment)
    {
        int? port = null;
        string? data = null;
        var noAuth = false;

        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--port" when i + 1 < args.Length:
                    port = ParsePort(args[++i]);
                    break;

                case "--data" when i + 1 < args.Length:
                    data = args[++i];
                    break;

                case "--no-auth":
                    noAuth = true;
                    break;

                default:
                    throw new UsageException($"The argument '{args[i]}' is unknown, or its value is missing. {Usage}");
            }
        }

        return new ServerOptions
        {
            Port = port ?? throw new UsageException($"--port is missing. {Usage}"),
            DataFolder = Path.GetFullPath(data ?? throw new UsageException($"--data is missing. {Usage}")),
            Credentials = noAuth ? null : ReadCredentials(environment),
        };
    }

    private static int ParsePort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= ushort.MaxValue
            ? port
            : throw new UsageException($"--port is '{text}'; a number from 0 (any free port) to {ushort.MaxValue} is expected.");

    private static Credentials ReadCredentials(Func<string, string?> environment)
    {
        if (environment(UsernameVariable) is not { Length: > 0 } username || environment(PasswordVariable) is not { Length: > 0 } password)
        {
            throw new UsageException(
                $"Nobody could sign in: set {UsernameVariable} and {PasswordVariable} in the environment, or give --no-auth to serve without a password.");
        }

        return Credentials.AreSupported(username, password)
            ? Credentials.Create(username, password)
            : throw new UsageException($"{UsernameVariable} and {PasswordVariable} may hold printable ASCII characters only.");
    }
}
