import { decimal, integer, tenth } from '../format/number';
import { minute } from '../format/time';
import type { View } from '../live/view';
import { byId, h, setAttribute, setText } from '../ui/dom';
import { AmountChart } from './chart';
import { byMinute } from './minutes';
import { currenciesOf, scopeWords } from './scale';

/** The amounts chart, the table that says the same, and the words where there is nothing to draw. */
export class AmountPanel {
  readonly #chart: AmountChart;
  readonly #picture = byId('amount-chart');
  readonly #tableBox = byId('amount-table');
  readonly #rows: HTMLElement;
  readonly #toggle = byId<HTMLButtonElement>('amount-toggle');
  readonly #empty = byId('amount-empty');
  readonly #note = byId('amount-note');
  readonly #scope = byId('amount-scope');
  readonly #onToggle: () => void;
  #asTable = false;
  #tabledAt = 0;

  constructor(onPick: (id: string) => void, onToggle: () => void) {
    this.#onToggle = onToggle;
    this.#chart = new AmountChart(byId('amount-canvas'), onPick);
    this.#rows = this.#tableBox.querySelector('tbody')!;
    this.#toggle.addEventListener('click', () => this.toggle());
  }

  /** The chart, or its table. */
  toggle(): void {
    this.#asTable = !this.#asTable;
    this.#tabledAt = 0;
    this.#toggle.setAttribute('aria-pressed', String(this.#asTable));
    setText(this.#toggle, this.#asTable ? 'Chart' : 'Table');
    this.#picture.hidden = this.#asTable;
    this.#tableBox.hidden = !this.#asTable;
    this.#onToggle();
  }

  render(view: View, threshold: number | null): void {
    const words = emptyWords(view);
    this.#empty.hidden = words === null;
    setText(this.#empty, words ?? '');
    setText(this.#scope, scopeWords(currenciesOf(view)));
    const alerts = view.points.filter((point) => point.alert).length;
    setText(
      this.#note,
      words === null ? `${integer(view.points.length - alerts)} sampled, ${alertWords(alerts, view.frame.alertsInChart ?? null)}` : '',
    );

    if (this.#asTable) {
      this.#renderTable(view);
      return;
    }
    this.#chart.render(view, threshold);
    const shown = `${integer(view.points.length)} sampled transactions, ${integer(alerts)} alerts`;
    setAttribute(this.#picture, 'aria-label', `Amounts over the last 5 minutes: ${shown}. The button Table shows them as figures.`);
  }

  /** Once a second is often enough to read. */
  #renderTable(view: View): void {
    if (Math.abs(view.now - this.#tabledAt) < 1_000) return;
    this.#tabledAt = view.now;
    this.#rows.replaceChildren(
      ...byMinute(view.points, view.rate).map((row) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row', text: minute(row.start) }),
          ...[
            row.rate === null ? '–' : tenth(row.rate),
            integer(row.shown),
            decimal(row.lowest),
            decimal(row.median),
            decimal(row.highest),
            integer(row.alerts),
          ].map((text) => h('td', { text })),
        ),
      ),
    );
  }
}

/**
 * "every alert" unless there are more than the chart can hold: then a fair part of them, and about how many are left out. The count
 * is of whole minutes in proportion, so a small difference means nothing.
 */
export function alertWords(shown: number, counted: number | null): string {
  const words = shown === 1 ? '1 alert' : `${integer(shown)} alerts`;
  return counted !== null && shown >= 500 && counted > shown * 1.05 ? `${words}, about ${integer(counted - shown)} more not drawn` : words;
}

/** Why there is nothing to see, null when there is. */
export function emptyWords({ points, filter, frame: { pipeline, kpis, scope } }: View): string | null {
  if (points.length > 0) return null;
  if (scope?.figures === 'pending') return 'Looking for transactions that pass the filter.';
  if (pipeline.status === 'down') return 'Nothing arrives: the source is down.';
  if (pipeline.batch?.status === 'running' && kpis.transactions === 0)
    return 'History is loading. Live transactions appear here as they arrive.';
  return filter ? 'Nothing of the last 5 minutes passes the filter.' : 'No transactions in the last 5 minutes.';
}
