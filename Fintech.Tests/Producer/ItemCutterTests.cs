using System.IO.Pipelines;
using System.Text;
using CsCheck;
using Fintech.Producer.Ingest;
using Xunit;

namespace Fintech.Tests.Producer;

/// <summary>Bodies cut anywhere by the network, and bodies that are not what they say.</summary>
public sealed class ItemCutterTests
{
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", "\n", " ", "\"", "\\", "\\ud800", ":", "null", "7", "1e999", "-", "\"transaction_id\":\"a\"", "\"customer_id\":1", "\u00e9", "\0",
        IngestApp.Transaction("t-1"), IngestApp.Transaction("t-2", amount: "0"), IngestApp.Transaction("t-3") + "\n", IngestApp.Transaction("t-4") + ",",
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task However_the_network_cuts_a_body_its_items_are_the_same_and_none_of_them_breaks_the_reader(bool lines) =>
        await Gen.Select(Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 12], Gen.Byte.Array[0, 2], Gen.Int[1, 40]).SampleAsync(
            async (pieces, noise, step) =>
            {
                byte[] body = [.. Encoding.UTF8.GetBytes(string.Concat(pieces)), .. noise];
                var whole = await ReadAsync(body, body.Length + 1, lines);
                Assert.Equal(whole, await ReadAsync(body, step, lines));
                Assert.All(whole, item => Assert.True(item.Event is null == item.Fault is not null));
            },
            iter: 2_000, threads: 2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task All_of_many_good_items_come_out_in_their_order(bool lines)
    {
        var items = Enumerable.Range(0, 300).Select(i => IngestApp.Transaction($"t-{i}")).ToList();
        var body = Encoding.UTF8.GetBytes(lines ? string.Join('\n', items) : $"[{string.Join(" ,\r\n", items)}]");

        foreach (var step in new[] { 1, 7, 4096 })
        {
            var read = await ReadAsync(body, step, lines);
            Assert.Equal(Enumerable.Range(0, 300).Select(i => $"t-{i}"), read.Select(item => item.Event!.TransactionId));
        }
    }

    private static async Task<List<Item>> ReadAsync(byte[] body, int step, bool lines)
    {
        var pipe = new Pipe();
        var writing = Task.Run(async () =>
        {
            for (var at = 0; at < body.Length; at += step)
                await pipe.Writer.WriteAsync(body.AsMemory(at, Math.Min(step, body.Length - at)));
            await pipe.Writer.CompleteAsync();
        });
        var items = new List<Item>();
        await foreach (var item in Items.ReadAsync(pipe.Reader, lines ? new LineCutter() : new JsonCutter(), TestContext.Current.CancellationToken))
            items.Add(item);
        await pipe.Reader.CompleteAsync();
        await writing;
        return items;
    }
}
