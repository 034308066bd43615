using System.Runtime.CompilerServices;

namespace Fintech.Etl.Worker.Batch.Copy;

/// <summary>
/// For what is done for every row: compiled in full at first sight. Left to itself the runtime would find out only after a second or
/// two that it is worth that, when half of a first load is over.
/// </summary>
internal static class Hot
{
    public const MethodImplOptions Path = MethodImplOptions.AggressiveOptimization;
}
