import type { TransactionItem } from '../contract';
import { swatch } from '../breakdown/swatch';
import { money } from '../format/number';
import { clock, moment } from '../format/time';
import type { View } from '../live/state';
import { byId, h, KeyedList, type Row, setText } from '../ui/dom';

/** The newest transactions, one line each. */
export class LatestList {
  readonly #empty = byId('latest-empty');
  readonly #list = new KeyedList<TransactionItem>(byId('latest-list'), (item) => item.id, row);

  render({ frame }: View): void {
    this.#empty.hidden = frame.latest.length > 0;
    setText(this.#empty, 'No transactions yet.');
    this.#list.render(frame.latest);
  }
}

function row(item: TransactionItem): Row<TransactionItem> {
  const at = Date.parse(item.occurredAt);
  const element = h(
    'li',
    { class: 'latest-item', testid: 'latest-item', 'data-transaction-id': item.id, title: `${item.id}, customer ${item.customerId}, ${moment(at)}` },
    h('time', { class: 'latest-time', datetime: item.occurredAt, text: clock(at) }),
    swatch(item.category),
    h('span', { class: 'latest-merchant', text: item.merchant }),
    h('span', { class: 'latest-amount', text: money(item.amount, item.currency) }),
  );

  // An alert may be raised for a row that is listed already.
  return {
    element,
    update: (current) => {
      element.classList.toggle('is-alert', current.alert);
      if (current.alert && !element.querySelector('.visually-hidden')) element.append(h('span', { class: 'visually-hidden', text: 'alert' }));
    },
  };
}
