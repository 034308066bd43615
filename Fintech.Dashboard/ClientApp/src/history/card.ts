import { ApiError } from '../shell/api';
import { h, setText } from '../ui/dom';
import { HistoryChart, type Option, type Look } from './chart';
import { type Cell, NumberTable, records, type Table } from './table';

/** One chart of the page: how it is drawn, and what choosing one of its data does. */
export interface Chart {
  readonly name: string;
  readonly title: string;
  /** Beside the title: what is counted, and in which zone. */
  readonly scope: (currency: string) => string;
  readonly draw: (table: Table, currency: string) => (look: Look) => Option;
  /** The rows that the drawing shows, where that is not all of them. */
  readonly drawn?: (row: Readonly<Record<string, Cell>>) => boolean;
  readonly pick?: (row: Readonly<Record<string, Cell>>) => (() => void) | null;
  readonly wide?: boolean;
  /** What the drawing does not show as it is. */
  readonly note?: (table: Table, currency: string) => string | null;
  readonly legend?: readonly { readonly text: string; readonly token: string }[];
}

/** The finding as its title, the chart or its table, and the way to take the numbers along. */
export class Card {
  readonly element: HTMLElement;
  readonly #chart: Chart;
  readonly #title: HTMLElement;
  readonly #scope: HTMLElement;
  readonly #picture = h('div', { class: 'history-canvas' });
  readonly #figure: HTMLElement;
  readonly #scroll: HTMLElement;
  readonly #numbers: NumberTable;
  readonly #note = h('p', { class: 'empty', text: 'Loading…' });
  readonly #retry = h('button', { type: 'button', class: 'button', text: 'Try again' });
  readonly #sentences = h('p', { class: 'history-sentences' });
  readonly #toggle = h('button', { type: 'button', class: 'button quiet', text: 'Table' });
  readonly #download: HTMLAnchorElement;
  #drawing: HistoryChart | null = null;
  #table: Table | null = null;
  #currency = '';
  #asTable = false;

  constructor(chart: Chart, retry: () => void) {
    this.#chart = chart;
    const id = `history-${chart.name}`;
    this.#title = h('h2', { id: `${id}-title`, text: chart.title });
    this.#scope = h('p', { class: 'card-scope' });
    this.#figure = h('div', { class: 'history-figure', role: 'img' }, this.#picture);
    this.#numbers = new NumberTable((row) => chart.pick?.(row) ?? null);
    this.#scroll = h('div', { class: 'scroll history-scroll', tabindex: '0', role: 'region', 'aria-label': `${chart.title} as a table` }, this.#numbers.element);
    this.#download = h('a', { class: 'button quiet', download: '', text: 'CSV', 'aria-label': `${chart.title} as CSV`, testid: `${chart.name}-csv` });
    this.#toggle.setAttribute('aria-label', `${chart.title} as a table`);
    this.#toggle.addEventListener('click', () => this.showAs(!this.#asTable));
    this.#retry.addEventListener('click', retry);
    const legend = h('p', { class: 'history-legend' });
    for (const { text, token } of chart.legend ?? []) legend.append(h('span', { class: `history-key ${token}`, text }));
    this.element = h(
      'section',
      { class: `card history-card${chart.wide ? ' wide' : ''}`, 'aria-labelledby': `${id}-title`, testid: `history-${chart.name}` },
      h('header', { class: 'history-head' }, h('div', {}, this.#title, this.#scope), h('div', { class: 'history-tools' }, this.#toggle, this.#download)),
      chart.legend ? legend : null,
      this.#figure,
      this.#scroll,
      this.#note,
      this.#retry,
      this.#sentences,
    );
    this.#arrange('Loading…');
  }

  get asTable(): boolean {
    return this.#asTable;
  }

  showAs(table: boolean): void {
    this.#asTable = table;
    setText(this.#toggle, table ? 'Chart' : 'Table');
    this.#toggle.setAttribute('aria-label', `${this.#chart.title} as a ${table ? 'chart' : 'table'}`);
    this.#draw();
  }

  /** The numbers stay until the new ones are there. */
  wait(): void {
    this.element.setAttribute('aria-busy', 'true');
  }

  /** Nothing is asked for: there is nothing in the period. */
  rest(): void {
    this.element.removeAttribute('aria-busy');
  }

  /** @param address Of the same numbers as a file. */
  show(table: Table, currency: string, address: string): void {
    this.#table = table;
    this.#currency = currency;
    this.#download.href = address;
    this.element.removeAttribute('aria-busy');
    this.#draw();
  }

  fail(error: unknown): void {
    this.#table = null;
    this.element.removeAttribute('aria-busy');
    this.#arrange(error instanceof ApiError ? error.message : 'The numbers could not be shown.', true);
  }

  #draw(): void {
    const table = this.#table;
    if (!table) return;
    if (table.rows.length === 0) {
      this.#arrange('Nothing in this period.');
      return;
    }

    const headline = table.headline ?? this.#chart.title;
    setText(this.#title, headline);
    setText(this.#scope, this.#chart.scope(this.#currency));
    const sentences = [...table.sentences, this.#asTable ? null : (this.#chart.note?.(table, this.#currency) ?? null)].filter((sentence) => sentence !== null);
    setText(this.#sentences, sentences.join(' '));
    this.#note.hidden = this.#retry.hidden = true;
    this.#sentences.hidden = sentences.length === 0;
    this.#toggle.hidden = this.#download.hidden = false;
    this.#figure.hidden = this.#asTable;
    this.#scroll.hidden = !this.#asTable;
    if (this.#asTable) {
      this.#numbers.render(table, headline, this.#currency);
      return;
    }

    this.#figure.setAttribute('aria-label', `${headline}. ${this.#chart.title}; the table has the numbers.`);
    const drawn = records(table).filter(this.#chart.drawn ?? (() => true));
    if (this.#chart.name === 'categories' || this.#chart.name === 'merchants') this.#picture.style.height = `${Math.max(6, drawn.length * 1.75)}rem`;
    this.#drawing ??= new HistoryChart(this.#picture, (index) => this.#pick(index));
    this.#drawing.render(this.#chart.draw(table, this.#currency));
  }

  #pick(index: number): void {
    if (!this.#table) return;
    const row = records(this.#table).filter(this.#chart.drawn ?? (() => true))[index];
    if (row) this.#chart.pick?.(row)?.();
  }

  /** Without numbers: says why. */
  #arrange(why: string, again = false): void {
    setText(this.#title, this.#chart.title);
    setText(this.#scope, '');
    setText(this.#note, why);
    this.#note.hidden = false;
    this.#retry.hidden = !again;
    this.#figure.hidden = this.#scroll.hidden = this.#sentences.hidden = this.#toggle.hidden = this.#download.hidden = true;
  }
}
