using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Fintech.Dashboard.Api;

/// <summary>
/// Where the next page of a list begins: the sort key of the last row shown, not a number of rows to skip, so that rows which arrive
/// meanwhile neither repeat nor hide others. Opaque to the client. The same position always gives the same text, on every replica and
/// after a restart. The digest finds what was altered, cut short or given by another list; it needs no secret,
/// because a position grants nothing: who may not read the list is refused before its cursor is looked at.
/// </summary>
/// <example><code>
/// if (!Cursor.TryRead&lt;AlertKey&gt;("alerts", cursor, out var after))
///     return Cursor.Refused();
/// … where (committed_at, transaction_id) &lt; ($1, $2) order by committed_at desc, transaction_id desc limit $3 …
/// return new Page&lt;Alert&gt;(rows, Cursor.After("alerts", rows, limit, row => new AlertKey(row.CommittedAt, row.Id)));
/// </code></example>
internal static class Cursor
{
    private const int DigestLength = 9;
    private const int MaxLength = 2_000;

    /// <param name="list">Name of the list; with its filter, where a position under one filter means nothing under another.</param>
    /// <param name="key">The sort key of the last row shown.</param>
    public static string Write<T>(string list, T key) where T : class
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(key);
        return Base64Url.EncodeToString([.. Digest(list, body), .. body]);
    }

    /// <returns>The cursor of the next page; null where this page, shorter than was asked for, is the last.</returns>
    public static string? After<TRow, TKey>(string list, IReadOnlyList<TRow> rows, int limit, Func<TRow, TKey> keyOf) where TKey : class =>
        rows.Count < limit || rows.Count == 0 ? null : Write(list, keyOf(rows[^1]));

    /// <param name="list">As it was written.</param>
    /// <param name="text">What the client sent; none means the first page.</param>
    /// <param name="key">Null for the first page.</param>
    /// <returns>False for a cursor that this list did not give.</returns>
    public static bool TryRead<T>(string list, string? text, out T? key) where T : class
    {
        key = null;
        return string.IsNullOrEmpty(text) || TryParse(list, text, out key);
    }

    public static IResult Refused() => Results.Problem(
        "This cursor is not one that this list gave. Ask without a cursor for the first page, and follow 'next' from there.",
        statusCode: StatusCodes.Status400BadRequest, title: "Unknown cursor");

    private static bool TryParse<T>(string list, string text, [NotNullWhen(true)] out T? key) where T : class
    {
        key = null;
        if (text.Length > MaxLength || !Base64Url.IsValid(text))
            return false;

        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length <= DigestLength || !bytes.AsSpan(0, DigestLength).SequenceEqual(Digest(list, bytes.AsSpan(DigestLength))))
            return false;

        try
        {
            key = JsonSerializer.Deserialize<T>(bytes.AsSpan(DigestLength));
            return key is not null;
        }
        catch (JsonException)
        {
            // Given by a version of this list that sorted by something else.
            return false;
        }
    }

    private static byte[] Digest(string list, ReadOnlySpan<byte> body) => SHA256.HashData([.. Encoding.UTF8.GetBytes(list), 0, .. body])[..DigestLength];
}

/// <summary>One page of a list.</summary>
/// <param name="Next">The cursor of the next page; null on the last.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
