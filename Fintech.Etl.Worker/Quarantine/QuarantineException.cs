using Fintech.Etl.Worker.Batch;

namespace Fintech.Etl.Worker.Quarantine;

/// <summary>Why a row cannot be shown, fixed, replayed or discarded as asked, in one sentence; nothing was changed.</summary>
internal sealed class QuarantineException(string sentence, Exception? cause = null) : BatchException(sentence, cause);
