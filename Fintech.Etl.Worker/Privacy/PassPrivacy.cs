using Npgsql;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>What a pass has to observe besides its key.</summary>
/// <param name="Former">The key before the current one, while rows of it are still to be re-hashed.</param>
/// <param name="Erased">Complete for as long as the pass lock is held, which an erasure takes too.</param>
internal sealed record PassPrivacy(PiiKey? Former, CustomerPolicy Policy, ErasedSubjects Erased)
{
    /// <summary>The default policies, no rotation, nobody erased.</summary>
    public static readonly PassPrivacy Default = new(null, CustomerPolicy.Default, ErasedSubjects.None);

    public static async Task<PassPrivacy> LoadAsync(
        NpgsqlConnection connection, PiiKeyRing keys, CustomerPolicy policy, CancellationToken cancellationToken) => new(
            await keys.FormerInUseAsync(connection, cancellationToken),
            policy,
            await ErasedSubjects.LoadAsync(connection, keys.Current, cancellationToken));
}
