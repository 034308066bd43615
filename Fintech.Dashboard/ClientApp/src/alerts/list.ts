import type { AlertItem, LiveFrame } from '../contract';
import { integer, money, wholeAmount } from '../format/number';
import { ageOrClock, moment } from '../format/time';
import type { View } from '../live/view';
import { windowWords } from '../live/windows';
import { byId, h, KeyedList, type Row, setText } from '../ui/dom';
import { reasons } from './words';

/** More newcomers than these in one drawing are a storm: nothing fades in then, for it would never end. */
const calm = 2;

/** The newest alerts. One of them can be selected (j, k) and opened (enter, click) beside the list. */
export class AlertList {
  readonly #root = byId('alert-list');
  readonly #empty = byId('alerts-empty');
  readonly #count = byId('alerts-count');
  readonly #list: KeyedList<AlertItem>;
  #alerts: readonly AlertItem[] = [];
  #selected: string | null = null;
  #now = 0;
  #fades = true;

  constructor(onOpen: (alert: AlertItem) => void) {
    this.#list = new KeyedList<AlertItem>(
      this.#root,
      (alert) => alert.id,
      (alert, first) => this.#row(alert, first, onOpen),
    );
  }

  render({ frame, now, filter }: View, threshold: number | null): void {
    this.#now = now;
    const known = new Set(this.#alerts.map((alert) => alert.id));
    this.#fades = frame.alerts.filter((alert) => !known.has(alert.id)).length <= calm;
    this.#alerts = frame.alerts;
    this.#empty.hidden = frame.alerts.length > 0;
    setText(this.#empty, filter ? 'No alert passes the filter.' : emptyWords(threshold, frame.kpis.value[0]?.currency ?? null));
    setText(this.#count, countWords(frame));
    this.#list.render(frame.alerts);
  }

  find(id: string): AlertItem | null {
    return this.#alerts.find((alert) => alert.id === id) ?? null;
  }

  /** Moves the selection, into view as well; from nowhere to the first. */
  move(step: 1 | -1): AlertItem | null {
    const index = this.#alerts.findIndex((alert) => alert.id === this.#selected);
    const next = this.#alerts[index < 0 ? 0 : Math.max(0, Math.min(this.#alerts.length - 1, index + step))];
    if (!next) return null;
    this.select(next.id);
    const button = this.#buttonOf(next.id);
    button?.scrollIntoView({ block: 'nearest' });
    button?.focus({ preventScroll: true });
    return next;
  }

  select(id: string | null): void {
    if (this.#selected) this.#buttonOf(this.#selected)?.removeAttribute('aria-current');
    this.#selected = id;
    if (id) this.#buttonOf(id)?.setAttribute('aria-current', 'true');
  }

  get selected(): AlertItem | null {
    return this.#selected ? this.find(this.#selected) : null;
  }

  focusSelected(): void {
    if (this.#selected) this.#buttonOf(this.#selected)?.focus();
  }

  #buttonOf(id: string): HTMLButtonElement | null {
    return this.#root.querySelector<HTMLButtonElement>(`[data-transaction-id="${CSS.escape(id)}"] button`);
  }

  #row(alert: AlertItem, first: boolean, onOpen: (alert: AlertItem) => void): Row<AlertItem> {
    // Order and age go by one clock, that of the commit: when it happened may be told late, and out of order.
    const at = Date.parse(alert.committedAt);
    const title = `Committed ${moment(at)}, happened ${moment(Date.parse(alert.occurredAt))}`;
    const time = h('time', { class: 'alert-age', datetime: alert.committedAt, title });
    const button = h(
      'button',
      { type: 'button', class: 'alert-button' },
      h(
        'span',
        { class: 'alert-line' },
        h('span', { class: 'alert-amount', text: money(alert.amount, alert.currency) }),
        h('span', { class: 'alert-merchant', text: alert.merchant, title: alert.merchant }),
        time,
      ),
      h(
        'span',
        { class: 'alert-why', title: reasons(alert) },
        h('span', { class: 'alert-severity', text: alert.severity }),
        ` · ${reasons(alert)} · score ${integer(alert.score)}`,
      ),
    );
    if (alert.id === this.#selected) button.setAttribute('aria-current', 'true');

    const element = h(
      'li',
      {
        class: this.#fades && !first ? 'alert-item is-new' : 'alert-item',
        testid: 'alert-item',
        'data-transaction-id': alert.id,
        'data-severity': alert.severity,
      },
      button,
    );
    let current = alert;
    button.addEventListener('click', () => onOpen(current));
    return {
      element,
      update: (item) => {
        current = item;
        setText(time, ageOrClock(at, this.#now));
      },
    };
  }
}

/** The list holds the newest; where the window has more, it says how many. */
function countWords({ alerts, kpis, scope, window }: LiveFrame): string {
  if (alerts.length === 0) return '';
  const newest = `newest ${integer(alerts.length)}`;
  const more = scope?.unknown.includes('alerts') ? 0 : kpis.alerts - alerts.length;
  return more > 0 ? `${newest}, +${integer(more)} more ${windowWords[window].none === 'yet' ? 'in all' : windowWords[window].none}` : newest;
}

function emptyWords(threshold: number | null, currency: string | null): string {
  return threshold === null ? 'No alerts.' : `No alerts. A transaction above ${wholeAmount(threshold, currency)} raises one.`;
}
