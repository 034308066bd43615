import type { TransactionItem } from '../contract';
import { markClass } from '../breakdown/swatch';
import { money } from '../format/number';
import { clock, moment } from '../format/time';
import type { View } from '../live/view';
import { byId, h, setData, setText, setTitle } from '../ui/dom';

/**
 * The newest transactions, one line each. Lines stay where they are and change their content: at twenty a second all of
 * them are replaced with every drawing, and moving elements would only shake the page.
 */
export class LatestList {
  readonly #root = byId('latest-list');
  readonly #empty = byId('latest-empty');
  readonly #lines: Line[] = [];

  render({ frame: { latest, scope }, filter }: View): void {
    this.#empty.hidden = latest.length > 0;
    setText(this.#empty, emptyWords(filter !== undefined && filter !== null, scope?.figures === 'pending'));
    while (this.#lines.length > latest.length) this.#lines.pop()!.element.remove();
    latest.forEach((item, index) => {
      const line = this.#lines[index] ?? this.#add();
      line.show(item);
    });
  }

  #add(): Line {
    const line = new Line();
    this.#lines.push(line);
    this.#root.append(line.element);
    return line;
  }
}

function emptyWords(filtered: boolean, pending: boolean): string {
  if (pending) return 'Looking for transactions that pass the filter.';
  return filtered ? 'No transaction of the last 5 minutes passes the filter.' : 'No transactions yet.';
}

class Line {
  readonly #time = h('time', { class: 'latest-time' });
  readonly #swatch = h('span', { 'aria-hidden': 'true' });
  readonly #merchant = h('span', { class: 'latest-merchant' });
  readonly #amount = h('span', { class: 'latest-amount' });
  readonly #spoken = h('span', { class: 'visually-hidden' });
  readonly element = h(
    'li',
    { class: 'latest-item', testid: 'latest-item' },
    this.#time,
    this.#swatch,
    this.#merchant,
    this.#amount,
    this.#spoken,
  );

  show(item: TransactionItem): void {
    const at = Date.parse(item.occurredAt);
    setData(this.element, 'transactionId', item.id);
    setTitle(this.element, `${item.merchant}, ${item.category}, customer ${item.customerId}, ${moment(at)}, ${item.id}`);
    this.#time.dateTime = item.occurredAt;
    setText(this.#time, clock(at));
    this.#swatch.className = markClass(item.category);
    setText(this.#merchant, item.merchant);
    setText(this.#amount, money(item.amount, item.currency));
    // An alert may be raised for a row that is listed already.
    this.element.classList.toggle('is-alert', item.alert);
    setText(this.#spoken, item.alert ? 'alert' : '');
  }
}
