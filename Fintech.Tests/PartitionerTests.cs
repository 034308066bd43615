using Fintech.Contracts;
using Xunit;

namespace Fintech.Tests;

public sealed class PartitionerTests
{
    /// <summary>Expected values computed with zlib: <c>python3 -c "import zlib; print(zlib.crc32(b'42') % 8)"</c>.</summary>
    [Theory]
    [InlineData(1, 8, 7)]
    [InlineData(42, 8, 0)]
    [InlineData(2000, 8, 1)]
    [InlineData(-7, 8, 7)]
    public void A_customer_is_assigned_by_crc32_of_the_decimal_id(long customerId, int partitions, int expected) =>
        Assert.Equal(expected, Partitioner.PartitionOf(customerId, partitions));
}
