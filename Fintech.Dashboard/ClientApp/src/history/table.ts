import { decimal, integer, money, percent } from '../format/number';
import { h } from '../ui/dom';
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
  if (typeof value === 'string') return value === '' ? 'none named' : column.name === 'at' ? stepName(value) : value;
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

/** 2026-01-31 as it is; 2026-01-31T10:00:00Z → 2026-01-31 10:00 */
export const stepName = (at: string): string => (at.length > 10 ? at.slice(0, 16).replace('T', ' ') : at);

/**
 * The same numbers as a table. What a chart lets the pointer choose, the first cell of a row lets the keyboard choose.
 * @param pick Of a row: what choosing it does; null where there is nothing to choose.
 */
export function tableElement(table: Table, caption: string, currency: string, pick: (row: Readonly<Record<string, Cell>>) => (() => void) | null): HTMLTableElement {
  const head = h('tr');
  for (const column of table.columns) head.append(h('th', { scope: 'col', class: isNumber(column) ? 'number' : 'words', text: column.title }));
  const body = h('tbody');
  const rows = records(table);
  table.rows.forEach((cells, index) => {
    const act = pick(rows[index]!);
    const line = h('tr');
    table.columns.forEach((column, place) => {
      const text = cellText(cells[place] ?? null, column, currency);
      const cell = h(place === 0 ? 'th' : 'td', { ...(place === 0 ? { scope: 'row' } : {}), class: isNumber(column) ? 'number' : 'words' });
      if (place === 0 && act) {
        const button = h('button', { type: 'button', class: 'link', text });
        button.addEventListener('click', act);
        cell.append(button);
      } else cell.textContent = text;
      line.append(cell);
    });
    body.append(line);
  });
  return h('table', { class: 'figures history-table' }, h('caption', { class: 'visually-hidden', text: caption }), h('thead', {}, head), body);
}

const isNumber = ({ kind, name }: Column): boolean => kind !== 'Text' && kind !== 'Flag' && name !== 'weekday' && name !== 'hour';
