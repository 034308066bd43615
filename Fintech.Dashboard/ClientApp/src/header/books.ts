import type { PipelineState } from '../contract';
import { decimal, integer } from '../format/number';
import { clock, zone } from '../format/time';
import { byId, h, setData, setText } from '../ui/dom';
import { progressText } from './notice';

/** The line at the foot: what the last batch run did, whether it reconciles, what is in quarantine, whose time is shown. */
export class Books {
  readonly #batch = h('span', { class: 'books-batch' });
  readonly #reconciled = h('span', { class: 'books-reconciled' });
  readonly #quarantined = h('span');

  constructor() {
    byId('books').append(this.#batch, this.#reconciled, this.#quarantined, h('span', { class: 'books-zone', text: `Times in ${zone()}` }));
  }

  render({ batch, quarantined }: PipelineState): void {
    setText(this.#batch, batchSentence(batch));
    const verdict = batch?.status !== 'succeeded' ? '' : batch.reconciled ? 'yes' : 'no';
    setData(this.#reconciled, 'reconciled', verdict);
    setText(this.#reconciled, verdict === 'yes' ? 'Reconciled to the cent' : verdict === 'no' ? 'Does not reconcile' : '');
    setText(this.#quarantined, `${integer(quarantined)} ${quarantined === 1 ? 'row' : 'rows'} quarantined`);
  }
}

function batchSentence(batch: PipelineState['batch']): string {
  if (!batch) return 'No batch run yet';
  if (batch.status === 'running') return progressText(batch);
  const at = clock(Date.parse(batch.finishedAt ?? batch.startedAt));
  if (batch.status === 'failed') return `Batch run ${batch.runId} failed at ${at}`;
  return `Batch run ${batch.runId} at ${at}: ${integer(batch.rowsLoaded)} rows, ${decimal(batch.amountLoaded)} loaded`;
}
