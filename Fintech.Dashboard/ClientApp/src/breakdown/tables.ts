import type { CategoryTotal, MerchantTotal } from '../contract';
import { count, integer, money, total as totalOf } from '../format/number';
import { minute } from '../format/time';
import type { View } from '../live/view';
import { windowWords } from '../live/windows';
import { byId, h, KeyedList, type Row, setText, setTitle } from '../ui/dom';
import { markOf } from './palette';
import { swatch } from './swatch';

/** A number with a bar beneath it, whose length is its share of the largest in the column. */
class Measure {
  readonly cell: HTMLTableCellElement;
  readonly #text = h('span', { class: 'measure-text' });
  readonly #bar: HTMLElement;
  #scale = '';

  constructor(category: string) {
    const { token, shape } = markOf(category);
    this.#bar = h('span', { class: `measure-bar ${token} ${shape}`, 'aria-hidden': 'true' });
    this.cell = h('td', {}, h('span', { class: 'measure' }, h('span', { class: 'measure-track' }, this.#bar), this.#text));
  }

  show(text: string, exact: string, share: number): void {
    setText(this.#text, text);
    setTitle(this.#text, exact);
    const scale = `scaleX(${Math.max(0, Math.min(1, share)).toFixed(3)})`;
    if (scale === this.#scale) return;
    this.#scale = scale;
    // Through the object model, which style-src 'self' allows; an attribute in markup it would not.
    this.#bar.style.transform = scale;
  }
}

/** Totals as a table whose bars are the chart: nothing a screen reader has to do without, and every number labelled. */
class Breakdown<T extends CategoryTotal> {
  readonly #list: KeyedList<T>;
  readonly #empty: HTMLElement;
  readonly #scope: HTMLElement;
  readonly #table: HTMLElement;
  #mostTransactions = 0;
  #mostAmount = 0;

  readonly #figure: 'categories' | 'merchants';

  constructor(id: 'categories' | 'merchants', nameOf: (item: T) => string, onPick: (name: string) => void) {
    this.#figure = id;
    this.#empty = byId(`${id}-empty`);
    this.#scope = byId(`${id}-scope`);
    this.#table = byId(`${id}-table`);
    this.#list = new KeyedList<T>(
      this.#table.querySelector('tbody')!,
      (item) => `${nameOf(item)} ${item.currency}`,
      (item) => this.#row(item, nameOf(item), onPick),
    );
  }

  render(items: readonly T[], view: View, scope: string): void {
    setText(this.#scope, scope);
    this.#empty.hidden = items.length > 0;
    this.#table.hidden = items.length === 0;
    setText(this.#empty, emptyWords(view, this.#figure));
    this.#mostTransactions = Math.max(1, ...items.map((item) => item.transactions));
    this.#mostAmount = Math.max(1, ...items.map((item) => item.amount));
    this.#list.render(items);
  }

  #row(item: T, name: string, onPick: (name: string) => void): Row<T> {
    const transactions = new Measure(item.category);
    const amount = new Measure(item.category);
    const pick = h('button', { type: 'button', class: 'breakdown-name', text: name, 'aria-label': `${name}: filter by it` });
    pick.addEventListener('click', () => onPick(name));
    const label = h(
      'th',
      { scope: 'row', title: name === item.category ? name : `${name}, ${item.category}` },
      swatch(item.category),
      pick,
    );
    return {
      element: h('tr', {}, label, transactions.cell, amount.cell),
      update: (total) => {
        transactions.show(count(total.transactions), integer(total.transactions), total.transactions / this.#mostTransactions);
        amount.show(totalOf(total.amount, total.currency), money(total.amount, total.currency), total.amount / this.#mostAmount);
      },
    };
  }
}

function emptyWords({ frame, filter }: View, figure: 'categories' | 'merchants'): string {
  if (frame.scope?.unknown.includes(figure)) return frame.scope.note ?? 'This is not counted by filter.';
  if (filter) return `Nothing passes the filter ${windowWords[frame.window].none}.`;
  return frame.pipeline.batch?.status === 'running'
    ? 'Fills as soon as the first rows are loaded.'
    : `No transactions ${windowWords[frame.window].none}.`;
}

/** Which time the merchants are of: of a long window they are counted for its last hour, or as much of it as was read. */
export function merchantScope({ frame: { scope, window } }: View): string {
  const words = windowWords[scope?.merchants ?? window].long;
  return scope?.merchantsSince ? `${words}, since ${minute(Date.parse(scope.merchantsSince))}` : words;
}

export class CategoryTable {
  readonly #breakdown: Breakdown<CategoryTotal>;

  constructor(onPick: (category: string) => void) {
    this.#breakdown = new Breakdown('categories', (item) => item.category, onPick);
  }

  render(view: View): void {
    const { scope, window } = view.frame;
    const since = scope?.since ? `, since ${minute(Date.parse(scope.since))}` : '';
    this.#breakdown.render(view.frame.categories, view, windowWords[window].long + since);
  }
}

export class MerchantTable {
  readonly #breakdown: Breakdown<MerchantTotal>;

  constructor(onPick: (merchant: string) => void) {
    this.#breakdown = new Breakdown('merchants', (item) => item.merchant, onPick);
  }

  render(view: View): void {
    this.#breakdown.render(view.frame.merchants, view, merchantScope(view));
  }
}
