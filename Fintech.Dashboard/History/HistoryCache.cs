namespace Fintech.Dashboard.History;

/// <summary>
/// The newest answers, under what they were asked and what the warehouse was like then: an answer is given again only as long as nothing
/// it rests on has changed. Whoever asks for the same while it is being computed waits for that one.
/// </summary>
internal sealed class HistoryCache
{
    private const int Most = 200;

    private readonly Lock gate = new();
    private readonly Dictionary<string, (Task<HistoryTable> Answer, long Used)> answers = new(StringComparer.Ordinal);
    private long uses;

    /// <param name="version">All that the answer depends on: what was asked, and the state of the warehouse.</param>
    /// <param name="compute">Runs to its end for all who wait, whoever goes.</param>
    public async Task<HistoryTable> GetAsync(string version, Func<Task<HistoryTable>> compute, CancellationToken cancellationToken)
    {
        Task<HistoryTable> answer;
        lock (gate)
        {
            answer = answers.TryGetValue(version, out var known) ? known.Answer : compute();
            answers[version] = (answer, ++uses);
            if (answers.Count > Most)
                answers.Remove(answers.MinBy(entry => entry.Value.Used).Key);
        }

        try
        {
            return await answer.WaitAsync(cancellationToken);
        }
        catch when (answer.IsFaulted || answer.IsCanceled)
        {
            lock (gate)
                answers.Remove(version);
            throw;
        }
    }
}
