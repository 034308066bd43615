import { decimal, integer, money, percent } from '../format/number';
import { utcDate, utcMoment } from '../format/time';
import { h, KeyedList, type Row as Line, setText } from '../ui/dom';
import { days } from './query';

export type Kind = 'Text' | 'Count' | 'Money' | 'Share' | 'Number' | 'Flag';
export type Cell = string | number | boolean | null;

export interface Column {
  readonly name: string;
  readonly title: string;
  readonly kind: Kind;
}

/** A chart's numbers, as Fintech.Dashboard/History/HistoryTable.cs defines them. */
export interface Table {
  readonly headline: string | null;
  readonly sentences: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** The rows as objects by the names of the columns. */
export const records = (table: Table): readonly Readonly<Record<string, Cell>>[] =>
  table.rows.map((row) => Object.fromEntries(table.columns.map((column, index) => [column.name, row[index] ?? null])));

export function cellText(value: Cell, column: Column, currency: string): string {
  if (value === null) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value === '' ? 'none named' : column.name === 'at' ? stepName(value) : column.name === 'name' ? dayName(value) : value;
  if (column.name === 'weekday') return days[value - 1] ?? String(value);
  if (column.name === 'hour') return `${String(value).padStart(2, '0')}:00`;
  switch (column.kind) {
    case 'Money':
      return money(value, currency);
    case 'Share':
      return percent(value);
    case 'Count':
      return integer(value);
    default:
      return Number.isInteger(value) ? integer(value) : decimal(value);
  }
}

/** 2026-01-31 → Jan 31, 2026; 2026-01-31T10:00:00Z → Jan 31, 2026, 10:00 */
export const stepName = (at: string): string => (at.length > 10 ? utcMoment : utcDate)(Date.parse(at));

/** Names are told as they are; a day among them, as the alerts have it, as a day. */
export const dayName = (name: string): string => (/^\d{4}-\d\d-\d\d$/.test(name) ? utcDate(Date.parse(name)) : name);

type Pick = (row: Readonly<Record<string, Cell>>) => (() => void) | null;

/** What tells a row from the others, in the tables of all charts. */
const keys: ReadonlySet<string> = new Set(['at', 'category', 'merchant', 'customer', 'weekday', 'hour', 'part', 'key', 'by', 'name']);

/**
 * The same numbers as a table. What a chart lets the pointer choose, the first cell of a row lets the keyboard choose. Rows stay while
 * their numbers change, and with them the focus.
 */
export class NumberTable {
  readonly element: HTMLTableElement;
  readonly #caption = h('caption', { class: 'visually-hidden' });
  readonly #head = h('tr');
  readonly #rows: KeyedList<number>;
  #table: Table = { headline: null, sentences: [], columns: [], rows: [] };
  #records: ReturnType<typeof records> = [];
  #currency = '';
  readonly #pick: Pick;

  /** @param pick Of a row: what choosing it does; null where there is nothing to choose. */
  constructor(pick: Pick) {
    this.#pick = pick;
    const body = h('tbody');
    this.#rows = new KeyedList<number>(body, (index) => this.#keyOf(index), (index) => this.#line(index));
    this.element = h('table', { class: 'figures history-table' }, this.#caption, h('thead', {}, this.#head), body);
  }

  render(table: Table, caption: string, currency: string): void {
    setText(this.#caption, caption);
    if (JSON.stringify(this.#table.columns) !== JSON.stringify(table.columns))
      this.#head.replaceChildren(...table.columns.map((column) => h('th', { scope: 'col', class: kindOf(column), text: column.title })));
    this.#table = table;
    this.#records = records(table);
    this.#currency = currency;
    this.#rows.render([...table.rows.keys()]);
  }

  #keyOf(index: number): string {
    const { columns, rows } = this.#table;
    // What is chosen by a click is part of it: a row that can be chosen no more is another one.
    const can = this.#pick(this.#records[index]!) !== null;
    return JSON.stringify([can, columns.map(({ name }) => name), ...columns.flatMap(({ name }, place) => (keys.has(name) ? [rows[index]![place]] : []))]);
  }

  #line(first: number): Line<number> {
    let index = first;
    const cells = this.#table.columns.map((column, place) => h(place === 0 ? 'th' : 'td', { ...(place === 0 ? { scope: 'row' } : {}), class: kindOf(column) }));
    const texts: HTMLElement[] = [...cells];
    if (texts[0] && this.#pick(this.#records[index]!)) {
      const button = h('button', { type: 'button', class: 'link' });
      button.addEventListener('click', () => this.#pick(this.#records[index]!)?.());
      texts[0].append(button);
      texts[0] = button;
    }
    return {
      element: h('tr', {}, ...cells),
      update: (now) => {
        index = now;
        this.#table.columns.forEach((column, place) => setText(texts[place]!, cellText(this.#table.rows[now]![place] ?? null, column, this.#currency)));
      },
    };
  }
}

const isNumber = ({ kind, name }: Column): boolean => kind !== 'Text' && kind !== 'Flag' && name !== 'weekday' && name !== 'hour';

const kindOf = (column: Column): string => (isNumber(column) ? 'number' : 'words');
