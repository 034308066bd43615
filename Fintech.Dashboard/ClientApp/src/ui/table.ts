import { h, KeyedList, setText } from './dom';

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: T) => Node | string;
  /** Right-aligned, like every number. */
  readonly numeric?: boolean;
  /** Names the row: a `th`. */
  readonly rowHead?: boolean;
  /** What to sort by; a column without one cannot be sorted. Nulls come last, either way. */
  readonly sort?: (row: T) => number | string | null;
}

export interface Order {
  readonly key: string;
  readonly descending: boolean;
}

interface TableOptions<T> {
  /** What a screen reader calls it. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly order?: Order;
  /** Where the server sorts: it is asked anew, and the rows stay in the order in which they come. */
  readonly onOrder?: (order: Order) => void;
}

/** A table whose heads sort. Rows are kept by key, and a row that did not change is not touched: focus within it survives. */
export class DataTable<T> {
  /** The scrolling box around the table: it can be reached and scrolled by keyboard. */
  readonly element: HTMLElement;
  readonly body = h('tbody');
  readonly #columns: readonly Column<T>[];
  readonly #onOrder: ((order: Order) => void) | null;
  readonly #heads = new Map<string, HTMLElement>();
  readonly #list: KeyedList<T>;
  #order: Order | null;
  #rows: readonly T[] = [];

  constructor({ caption, columns, keyOf, order, onOrder }: TableOptions<T>) {
    this.#columns = columns;
    this.#order = order ?? null;
    this.#onOrder = onOrder ?? null;
    this.#list = new KeyedList(this.body, keyOf, (row) => this.#row(row));
    const heads = h('tr');
    for (const column of columns) heads.append(this.#head(column));
    this.element = h(
      'div',
      { class: 'table-box', role: 'region', 'aria-label': caption, tabindex: '0' },
      h('table', { class: 'figures' }, h('caption', { class: 'visually-hidden', text: caption }), h('thead', {}, heads), this.body),
    );
    this.#showOrder();
  }

  get order(): Order | null {
    return this.#order;
  }

  render(rows: readonly T[]): void {
    this.#rows = rows;
    this.#list.render(this.#onOrder ? rows : sorted(rows, this.#columns, this.#order));
  }

  #head(column: Column<T>): HTMLElement {
    const cell = h('th', { scope: 'col', class: column.numeric ? 'numeric' : undefined });
    this.#heads.set(column.key, cell);
    if (!column.sort) {
      cell.append(column.title);
      return cell;
    }
    const button = h('button', { type: 'button', class: 'sort', text: column.title });
    button.addEventListener('click', () => this.#sortBy(column));
    cell.append(button);
    return cell;
  }

  /** Numbers start with the largest, words with the first; the same head again turns it round. */
  #sortBy(column: Column<T>): void {
    const same = this.#order?.key === column.key;
    this.#order = { key: column.key, descending: same ? !this.#order!.descending : column.numeric === true };
    this.#showOrder();
    if (this.#onOrder) this.#onOrder(this.#order);
    else this.render(this.#rows);
  }

  #showOrder(): void {
    for (const [key, head] of this.#heads)
      if (key === this.#order?.key) head.setAttribute('aria-sort', this.#order.descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
  }

  #row(first: T): { readonly element: HTMLElement; update(row: T): void } {
    const cells = this.#columns.map((column) =>
      h(column.rowHead ? 'th' : 'td', { scope: column.rowHead ? 'row' : undefined, class: column.numeric ? 'numeric' : undefined }),
    );
    let drawn: string | null = null;
    const update = (row: T): void => {
      const now = JSON.stringify(row);
      if (now === drawn) return;
      drawn = now;
      this.#columns.forEach((column, index) => {
        const content = column.cell(row);
        if (typeof content === 'string') setText(cells[index]!, content);
        else cells[index]!.replaceChildren(content);
      });
    };
    update(first);
    return { element: h('tr', {}, ...cells), update };
  }
}

export function sorted<T>(rows: readonly T[], columns: readonly Column<T>[], order: Order | null): readonly T[] {
  const by = order && columns.find(({ key }) => key === order.key)?.sort;
  if (!by) return rows;
  const sign = order.descending ? -1 : 1;
  return rows.toSorted((left, right) => {
    const [a, b] = [by(left), by(right)];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return sign * (typeof a === 'string' && typeof b === 'string' ? a.localeCompare(b, undefined, { numeric: true }) : a < b ? -1 : a > b ? 1 : 0);
  });
}
