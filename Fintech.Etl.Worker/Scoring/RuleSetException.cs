using Fintech.Etl.Worker.Batch;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>Why a rule set is not taken, in sentences that name rule and field; nothing was changed.</summary>
internal sealed class RuleSetException(string sentence, Exception? cause = null) : BatchException(sentence, cause);
