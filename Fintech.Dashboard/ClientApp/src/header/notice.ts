import type { BatchState, DriftState, LossState, PipelineState } from '../contract';
import { integer } from '../format/number';
import { age, clock } from '../format/time';
import { byId, h, setData, setText } from '../ui/dom';

export interface Notice {
  readonly kind: 'warning' | 'progress';
  readonly text: string;
  /** 0 to 1 where something is under way and its end is known. */
  readonly progress: number | null;
}

/** A run of every minute is no news: only one that takes longer is worth a line. */
const worthMentioning = 3_000;

/** The one sentence above the figures, null when all is well. What is wrong goes before what is under way. */
export function noticeOf(pipeline: PipelineState, now: number): Notice | null {
  const since = pipeline.lastCommitAt ? `since ${clock(Date.parse(pipeline.lastCommitAt))}` : 'so far';
  if (pipeline.status === 'down')
    return warning(pipeline.reason ?? `The pipeline is down, nothing was committed ${since}: the figures below are the last ones.`);
  if (pipeline.status === 'stale') return warning(pipeline.reason ?? `Events are waiting, and nothing was committed ${since}.`);

  const { batch, loss, drift, behind } = pipeline;
  if (pipeline.reason) return warning(pipeline.reason);
  if (behind) return warning(behindText(pipeline.lag, behind));
  if (drift) return warning(driftText(drift));
  if (loss) return warning(lossText(loss));
  if (batch?.status === 'failed')
    return warning(
      `Batch run ${batch.runId} failed at ${clock(Date.parse(batch.finishedAt ?? batch.startedAt))}: history is as the run before left it.`,
    );
  if (batch?.status === 'succeeded' && !batch.reconciled)
    return warning(`Batch run ${batch.runId} does not reconcile: rows or amounts read differ from those loaded and quarantined.`);
  if (pipeline.durable === false)
    return warning(
      'Redis keeps no append-only file and does not let the worker switch it on: when it restarts, what it has accepted and nobody has read yet is lost.',
    );
  if (batch?.status === 'running' && now - Date.parse(batch.startedAt) > worthMentioning)
    return { kind: 'progress', text: progressText(batch), progress: progressOf(batch) };
  return null;
}

/** "Redis lost data, noticed at 14:02:11: 12 entries of 2 streams were never read. All that was read before is here." */
export function lossText(loss: LossState): string {
  const streams = loss.streams === 1 ? '1 stream' : `${integer(loss.streams)} streams`;
  const entries = loss.missing === 0 ? 'no entry of ' : loss.missing === 1 ? '1 entry of ' : `${integer(loss.missing)} entries of `;
  return (
    `Redis lost data, noticed at ${clock(Date.parse(loss.noticedAt))}: ${entries}${streams} ` +
    `${loss.missing === 0 ? 'is known to be missing' : loss.missing === 1 ? 'was never read' : 'were never read'}. All that was read before is here; ` +
    'have the producer send again from then on, what is known already is not counted twice.'
  );
}

/** "12,408 entries wait in the streams, about 41 s of work: …" */
export function behindText(lag: number, behind: number): string {
  return (
    `${integer(lag)} entries wait in the streams, about ${age(behind * 1_000)} of work at the present pace: the figures are right, and that much late. ` +
    'If it grows, start a second worker.'
  );
}

/** "Live counters differ from the facts, noticed at 14:02:11: 2 minutes, such as 2026-03-01 12:30 USD slot 3. …" */
export function driftText({ check, noticedAt, drift, sample }: DriftState): string {
  const what = check === 'minutes' ? (drift === 1 ? '1 counter of a minute' : `${integer(drift)} counters of minutes`) : drift === 1 ? '1 customer in scoring' : `${integer(drift)} customers in scoring`;
  const such = sample.length > 0 ? `, such as ${sample[0]!}` : '';
  return (
    `Live counters differ from the facts, noticed at ${clock(Date.parse(noticedAt))}: ${what}${such}. ` +
    'The facts are right; figures of that time may not be. See the live audit on the Pipeline page.'
  );
}

/** "History is loading: 63,000 of 100,000 rows", and less where less is known. */
export function progressText(batch: BatchState): string {
  if (batch.rowsRead === 0 && batch.rowsExpected === null) return 'History is loading';
  return batch.rowsExpected === null
    ? `History is loading: ${integer(batch.rowsRead)} rows`
    : `History is loading: ${integer(batch.rowsRead)} of ${integer(batch.rowsExpected)} rows`;
}

export function progressOf(batch: BatchState): number | null {
  return batch.rowsExpected ? Math.min(1, batch.rowsRead / batch.rowsExpected) : null;
}

const warning = (text: string): Notice => ({ kind: 'warning', text, progress: null });

export class NoticeLine {
  readonly #root = byId('notice');
  readonly #text = h('span');
  readonly #progress = h('progress', { max: '1' });

  constructor() {
    this.#root.append(this.#text, this.#progress);
  }

  render(notice: Notice | null): void {
    this.#root.hidden = notice === null;
    setText(this.#text, notice?.text ?? '');
    if (!notice) return;
    setData(this.#root, 'kind', notice.kind);
    this.#progress.hidden = notice.progress === null;
    if (notice.progress !== null) this.#progress.value = notice.progress;
  }
}
