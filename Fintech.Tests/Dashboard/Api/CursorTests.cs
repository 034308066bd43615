using Fintech.Dashboard.Api;
using Xunit;

namespace Fintech.Tests.Dashboard.Api;

public sealed class CursorTests
{
    private static readonly Key Written = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero).AddMicroseconds(123_457), "t-\u00e4\"1");

    private sealed record Key(DateTimeOffset At, string Id);

    private sealed record OtherKey(int Place);

    [Fact]
    public void A_cursor_comes_back_as_it_was_written_and_is_safe_in_an_address()
    {
        var cursor = Cursor.Write("list", Written);

        Assert.True(Cursor.TryRead<Key>("list", cursor, out var key));
        Assert.Equal(Written, key);
        Assert.Equal(cursor, Cursor.Write("list", Written));
        Assert.Equal(cursor, Uri.EscapeDataString(cursor));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_cursor_the_list_begins(string? none)
    {
        Assert.True(Cursor.TryRead<Key>("list", none, out var key));
        Assert.Null(key);
    }

    [Fact]
    public void A_cursor_with_any_letter_altered_is_refused()
    {
        var cursor = Cursor.Write("list", Written);
        for (var place = 0; place < cursor.Length - 1; place++)
        {
            var altered = cursor.ToCharArray();
            altered[place] = altered[place] == 'A' ? 'B' : 'A';
            Assert.False(Cursor.TryRead<Key>("list", new string(altered), out _), $"altered at {place}");
        }
    }

    [Theory]
    [InlineData("not a cursor!")]
    [InlineData("AAAA")]
    [InlineData("';drop table dw.fact_transactions")]
    public void What_is_no_cursor_is_refused(string text)
    {
        Assert.False(Cursor.TryRead<Key>("list", text, out _));
        Assert.False(Cursor.TryRead<Key>("list", new string('A', 3_000), out _));
        Assert.False(Cursor.TryRead<Key>("list", Cursor.Write("list", Written)[..^8], out _));
    }

    [Fact]
    public void A_cursor_of_another_list_or_of_another_shape_is_refused()
    {
        Assert.False(Cursor.TryRead<Key>("another", Cursor.Write("list", Written), out _));
        Assert.False(Cursor.TryRead<OtherKey>("list", Cursor.Write("list", "[]"), out _));
    }

    [Fact]
    public void Only_a_full_page_has_a_next_one()
    {
        string[] rows = ["a", "b"];
        Assert.Equal(Cursor.Write("list", "b"), Cursor.After("list", rows, 2, row => row));
        Assert.Null(Cursor.After("list", rows, 3, row => row));
    }
}
