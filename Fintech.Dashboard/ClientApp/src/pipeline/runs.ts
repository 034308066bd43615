import { getJson } from '../shell/api';
import { integer } from '../format/number';
import { h } from '../ui/dom';
import type { Overview, Run, RunPage } from './contract';
import { cell, empty, headCell, rowsOf, table, text, when } from './draw';
import { RunView } from './run';
import { balance, statusOf, took } from './status';
import type { Context, View } from './view';
import { sum } from './words';

const triggers: Readonly<Record<string, string>> = { schedule: 'schedule', command: 'command line', dashboard: 'dashboard', replay: 'replay' };

/** Batch runs, the newest first, and one of them in full. */
export class RunsView implements View {
  readonly root = h('div', { class: 'view' });
  readonly #list = h('section', { class: 'card', 'aria-label': 'Batch runs', testid: 'runs' });
  readonly #detail: RunView;
  readonly #rows;
  readonly #empty = empty('No batch pass has run yet.');
  readonly #more = h('button', { type: 'button', class: 'button more', text: 'Older runs' });
  readonly #context: Context;
  #older: Run[] = [];
  #next: number | null = null;
  #chosen: number | null = null;

  constructor(context: Context) {
    this.#context = context;
    this.#detail = new RunView(context);
    const { element, body } = table('Batch runs', ['Run', 'Status', 'Began', 'Took', 'Read', 'Loaded', 'Quarantined', 'Known', 'Amount read', 'Accounted for'], 'wide left-2 runs-table');
    this.#rows = rowsOf<Run>(body, 'tr', (run) => String(run.id), (run) => this.#draw(run));
    this.#list.append(h('header', { class: 'card-head' }, h('h3', { text: 'Batch runs' }), text('read = loaded + quarantined + known', 'card-scope')), element, this.#empty, this.#more);
    this.#more.addEventListener('click', () => void this.#readOlder());
    this.root.append(this.#list, this.#detail.root);
  }

  show(parameters: URLSearchParams): void {
    const run = Number(parameters.get('run'));
    this.#chosen = Number.isInteger(run) && run > 0 ? run : null;
    this.#list.hidden = this.#chosen !== null;
    this.#detail.root.hidden = this.#chosen === null;
    this.#detail.choose(this.#chosen);
  }

  async refresh(_: Overview, signal: AbortSignal): Promise<void> {
    if (this.#chosen !== null) return this.#detail.refresh(signal);
    const page = await getJson<RunPage>('/api/pipeline/runs', signal);
    if (this.#older.length === 0) this.#next = page.next;
    // What came since pushes the newest page down: nothing between it and the older ones may be left out or be there twice.
    const last = page.runs.at(-1)?.id ?? 0;
    const runs = [...page.runs, ...this.#older.filter((run) => run.id < last)];
    this.#rows.render(runs);
    this.#empty.hidden = runs.length > 0;
    this.#more.hidden = this.#next === null;
  }

  async #readOlder(): Promise<void> {
    if (this.#next === null) return;
    const page = await getJson<RunPage>(`/api/pipeline/runs?before=${this.#next}&limit=100`);
    this.#older.push(...page.runs);
    this.#next = page.next;
    this.#context.refresh();
  }

  #draw(run: Run): HTMLElement[] {
    const kind = run.kind === 'dry-run' ? 'dry run' : run.kind === 'command' ? 'command' : (run.mode ?? 'batch');
    return [
      headCell(
        h('a', { class: 'link', href: this.#context.address({ view: 'runs', run: run.id }), text: `${run.id}` }),
        text(` ${kind}, ${triggers[run.trigger] ?? run.trigger}`, 'quiet'),
      ),
      cell(statusOf(run)),
      cell(when(run.startedAt)),
      cell(took(run)),
      cell(integer(run.read.rows)),
      cell(integer(run.loaded.rows)),
      cell(text(integer(run.quarantined.rows), run.quarantined.rows > 0 ? 'warn-text' : 'quiet')),
      cell(text(integer(run.known.rows), 'quiet')),
      cell(sum(run.read.amount, run.currency)),
      cell(balance(run)),
    ];
  }
}
