namespace Fintech.Embedded.Hosting.Running;

/// <summary>An account of this machine.</summary>
internal sealed record SystemUser(string Name, int UserId, int GroupId)
{
    private const string Accounts = "/etc/passwd";

    /// <summary>
    /// Whom a program runs as that refuses to run as root; null where this host is not root.
    /// The account <c>postgres</c> is there for exactly that on many machines, <c>nobody</c> on all of them.
    /// </summary>
    public static SystemUser? ForUnprivilegedPrograms()
    {
        if (!Environment.IsPrivilegedProcess)
            return null;

        return Find("postgres") ?? Find("nobody")
            ?? throw new Aspire.Hosting.DistributedApplicationException(
                "PostgreSQL does not run as root, and this machine has neither a user 'postgres' nor 'nobody': run the AppHost as another user.");
    }

    // postgres:x:101:104:PostgreSQL administrator:/var/lib/postgresql:/bin/bash
    private static SystemUser? Find(string name) => File.ReadLines(Accounts)
        .Select(line => line.Split(':'))
        .Where(fields => fields.Length >= 4 && fields[0] == name)
        .Select(fields => new SystemUser(name, int.Parse(fields[2]), int.Parse(fields[3])))
        .FirstOrDefault();
}
