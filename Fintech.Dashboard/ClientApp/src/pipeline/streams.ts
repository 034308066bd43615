import { integer, tenth } from '../format/number';
import { age } from '../format/time';
import { h } from '../ui/dom';
import type { Overview, Partition, Streams } from './contract';
import { card, cell, empty, headCell, redraw, rowsOf, table, text, verdict, when } from './draw';
import type { View } from './view';

const lossKinds: Readonly<Record<string, string>> = {
  reset: 'another stream under the same name',
  'older-copy': 'the stream was set back in time',
  removed: 'trimmed or deleted by somebody else',
};

/** The partitions of the stream, and what Redis lost of them. */
export class StreamsView implements View {
  readonly root = h('div', { class: 'view', testid: 'streams' });
  readonly #fault = h('p', { class: 'problem', hidden: '' });
  readonly #rows;
  readonly #losses = h('div');
  readonly #read: () => Streams | null;

  /** @param read The page reads the streams for its tile anyway. */
  constructor(read: () => Streams | null) {
    this.#read = read;
    const { element, body } = table('Partitions', ['Partition', 'Lag', 'Oldest waiting', 'Committed /s', 'Read up to', 'Entries read', 'Last commit', 'In Redis', 'Owner', 'Epoch']);
    this.#rows = rowsOf<Partition>(body, 'tr', (partition) => partition.stream, drawPartition);
    this.root.append(card('Partitions', 'one owner each; the checkpoint moves in the transaction of the facts', this.#fault, element), this.#losses);
  }

  show(): void {}

  refresh(overview: Overview): Promise<void> {
    const streams = this.#read();
    this.#fault.hidden = !streams?.fault;
    this.#fault.textContent = streams?.fault ?? '';
    this.#rows.render(streams?.partitions ?? []);
    redraw(this.#losses, overview.losses, () => [lossCard(overview)]);
    return Promise.resolve();
  }
}

function drawPartition(partition: Partition): HTMLElement[] {
  const { lag, lagSeconds } = partition;
  return [
    headCell(text(partition.stream)),
    cell(lag === null ? text('–', 'quiet') : lag === 0 ? verdict('good', '0') : verdict((lagSeconds ?? 0) > 5 ? 'warn' : 'busy', integer(lag))),
    cell(lag === 0 ? text('–', 'quiet') : lagSeconds === null ? text('unknown', 'quiet') : age(lagSeconds * 1_000)),
    cell(partition.rate === null ? text('–', 'quiet') : tenth(partition.rate)),
    cell(h('code', { text: partition.lastEntry })),
    cell(integer(partition.entriesRead)),
    cell(partition.updatedAt ? when(partition.updatedAt) : text('never', 'quiet')),
    cell(partition.length === null ? text('–', 'quiet') : integer(partition.length)),
    cell(partition.owner ? text(partition.owner, 'quiet') : text('none yet', 'quiet')),
    cell(h('span', { class: 'epoch quiet', title: partition.epoch ?? '', text: partition.epoch?.slice(-8) ?? '–' })),
  ];
}

function lossCard({ losses }: Overview): HTMLElement {
  if (losses.length === 0) return card('Losses of Redis', null, empty('No stream was ever found short of entries.'));
  const { element, body } = table('Losses of Redis', ['Noticed', 'Stream', 'What happened', 'Known to be missing', 'After entry']);
  for (const loss of losses)
    body.append(
      h(
        'tr',
        {},
        headCell(when(loss.at)),
        cell(loss.stream),
        cell(lossKinds[loss.kind] ?? loss.kind),
        cell(loss.missing > 0 ? verdict('warn', integer(loss.missing)) : text('none known', 'quiet')),
        cell(h('code', { text: loss.afterEntry })),
      ),
    );
  return card('Losses of Redis', 'what had been read before is in the warehouse and stays', element);
}
