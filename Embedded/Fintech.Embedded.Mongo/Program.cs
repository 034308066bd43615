using System.Net.Sockets;
using System.Runtime.InteropServices;
using Fintech.Embedded.Mongo;
using Fintech.Embedded.Mongo.Storage;

// Exit codes: 0 stopped as asked, 1 the disk or the port refused, 2 the command line cannot be followed.
var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, StopInOrder);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, StopInOrder);

try
{
    var options = ServerOptions.Parse(args, Environment.GetEnvironmentVariable);
    await using var server = MongoServer.Start(options, TimeProvider.System, Console.Error);
    using var memory = new IdleMemory(TimeProvider.System);
    Console.WriteLine($"Listening on {server.EndPoint}");

    await await Task.WhenAny(stop.Task, server.Failed);
    return 0;
}
catch (UsageException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception e) when (e is DataFolderException or SocketException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

void StopInOrder(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.TrySetResult();
}
