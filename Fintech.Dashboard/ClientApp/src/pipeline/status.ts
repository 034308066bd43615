import { integer } from '../format/number';
import { duration } from '../format/time';
import type { RejectedRow, Run } from './contract';
import { text, verdict } from './draw';
import { sum, unaccounted } from './words';

/** Whether all that was read is accounted for: the first promise, line by line. */
export function balance(run: Run): HTMLElement {
  if (run.status !== 'succeeded') return text('–', 'quiet');
  const left = unaccounted(run);
  return left.rows === 0 && left.amount === 0
    ? verdict('good', 'to the cent')
    : verdict('warn', `${integer(left.rows)} rows, ${sum(left.amount, run.currency)} open`);
}

export function statusOf(run: Run): HTMLElement {
  if (run.status === 'running') return verdict('busy', run.progress?.doing ?? 'running');
  if (run.status === 'failed') return verdict('warn', 'failed');
  return run.checksFailed > 0 ? verdict('warn', run.checksFailed === 1 ? '1 check failed' : `${run.checksFailed} checks failed`) : verdict('good', 'succeeded');
}

export const took = (run: Run): string => (run.finishedAt ? duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt)) : '…');

export function rowStatus(row: RejectedRow): HTMLElement {
  if (row.status === 'replayed') return verdict('good', 'a fact now');
  if (row.status === 'discarded') return verdict('none', 'discarded');
  return row.fixedAt ? verdict('busy', 'corrected, to be replayed') : verdict('warn', 'open');
}
