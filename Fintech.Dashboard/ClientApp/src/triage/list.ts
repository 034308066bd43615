import { type AlertRow, holder, keyOf } from '../alerts/triage-api';
import { reasons, statusName } from '../alerts/words';
import { integer, money } from '../format/number';
import { ageOrClock, moment } from '../format/time';
import { h, KeyedList, type Row, setData, setText } from '../ui/dom';

interface Callbacks {
  readonly onOpen: (alert: AlertRow) => void;
  readonly onSelection: () => void;
}

/** The alerts of the filter. One is current (j, k); any number is selected (x; shift takes all between). */
export class TriageList {
  readonly element = h('ol', { class: 'triage-list', testid: 'triage-list' });
  readonly #list: KeyedList<AlertRow>;
  readonly #call: Callbacks;
  readonly #selected = new Set<string>();
  #alerts: readonly AlertRow[] = [];
  #current: string | null = null;
  #last: string | null = null;
  #selectable = false;

  constructor(call: Callbacks) {
    this.#call = call;
    this.#list = new KeyedList<AlertRow>(this.element, keyOf, (alert) => this.#row(alert));
  }

  get alerts(): readonly AlertRow[] {
    return this.#alerts;
  }

  get current(): AlertRow | null {
    return this.#alerts.find((alert) => keyOf(alert) === this.#current) ?? null;
  }

  get selection(): readonly AlertRow[] {
    return this.#alerts.filter((alert) => this.#selected.has(keyOf(alert)));
  }

  /** @param selectable Whether the viewer may act on alerts. */
  render(alerts: readonly AlertRow[], selectable: boolean): void {
    this.#alerts = alerts;
    this.#selectable = selectable;
    this.element.classList.toggle('is-selectable', selectable);
    const keys = new Set(alerts.map(keyOf));
    for (const key of this.#selected) if (!keys.has(key)) this.#selected.delete(key);
    this.#list.render(alerts);
  }

  /** From nowhere to the first. */
  move(step: 1 | -1): AlertRow | null {
    const index = this.#alerts.findIndex((alert) => keyOf(alert) === this.#current);
    const next = this.#alerts[index < 0 ? 0 : Math.max(0, Math.min(this.#alerts.length - 1, index + step))];
    if (!next) return null;
    this.choose(next);
    const button = this.#buttonOf(keyOf(next));
    button?.scrollIntoView({ block: 'nearest' });
    button?.focus({ preventScroll: true });
    return next;
  }

  choose(alert: AlertRow | null): void {
    if (this.#current) this.#buttonOf(this.#current)?.removeAttribute('aria-current');
    this.#current = alert ? keyOf(alert) : null;
    if (this.#current) this.#buttonOf(this.#current)?.setAttribute('aria-current', 'true');
  }

  focusCurrent(): void {
    if (this.#current) this.#buttonOf(this.#current)?.focus();
  }

  toggle(): void {
    if (this.current && this.#selectable) this.#select(keyOf(this.current), !this.#selected.has(keyOf(this.current)), false);
  }

  selectAll(): void {
    for (const alert of this.#alerts) this.#selected.add(keyOf(alert));
    this.#changed();
  }

  unselect(alerts: readonly AlertRow[]): void {
    for (const alert of alerts) this.#selected.delete(keyOf(alert));
    this.#changed();
  }

  selectNone(): void {
    this.#selected.clear();
    this.#changed();
  }

  #select(key: string, selected: boolean, range: boolean): void {
    const keys = this.#alerts.map(keyOf);
    const [from, to] = [keys.indexOf(range && this.#last !== null ? this.#last : key), keys.indexOf(key)];
    for (const one of from < 0 ? [key] : keys.slice(Math.min(from, to), Math.max(from, to) + 1))
      if (selected) this.#selected.add(one);
      else this.#selected.delete(one);
    this.#last = key;
    this.#changed();
  }

  #changed(): void {
    this.#list.render(this.#alerts);
    this.#call.onSelection();
  }

  #buttonOf(key: string): HTMLButtonElement | null {
    return this.element.querySelector<HTMLButtonElement>(`[data-key="${CSS.escape(key)}"] .triage-open`);
  }

  #row(alert: AlertRow): Row<AlertRow> {
    const key = keyOf(alert);
    const at = Date.parse(alert.committedAt);
    let current = alert;
    const box = h('input', { type: 'checkbox', 'aria-label': `Select ${money(alert.amount, alert.currency)} at ${alert.merchant}` });
    box.addEventListener('click', (event) => this.#select(key, box.checked, event.shiftKey));
    const time = h('time', { class: 'alert-age', datetime: alert.committedAt, title: moment(at) });
    const state = h('span', { class: 'triage-row-state' });
    const customer = `customer ${String(alert.customerId)}`;
    const why = ` · ${reasons(alert)} · score ${integer(alert.score)}`;
    const button = h(
      'button',
      { type: 'button', class: 'triage-open' },
      h('span', { class: 'triage-amount', text: money(alert.amount, alert.currency) }),
      h('span', { class: 'triage-merchant', text: alert.merchant, title: alert.merchant }),
      h('span', { class: 'triage-why', title: `${alert.severity}${why}` }, h('span', { class: 'alert-severity', text: alert.severity }), why),
      h('span', { class: 'triage-customer', text: customer, title: customer }),
      state,
      time,
    );
    button.addEventListener('click', (event) => {
      if (event.shiftKey && this.#selectable) this.#select(key, true, true);
      else this.#call.onOpen(current);
    });
    if (key === this.#current) button.setAttribute('aria-current', 'true');
    const element = h('li', { class: 'triage-row', testid: 'triage-row', 'data-key': key, 'data-transaction-id': alert.id, 'data-severity': alert.severity }, h('span', { class: 'triage-box' }, box), button);
    return {
      element,
      update: (item) => {
        current = item;
        box.checked = this.#selected.has(key);
        setData(element, 'status', item.status);
        setText(time, ageOrClock(at, Date.now()));
        setText(state, standing(item));
        element.classList.toggle('is-claimed', item.claim !== null);
      },
    };
  }
}

/** "Maria is at it", "Confirmed fraud, ada" */
function standing({ status, actor, claim }: AlertRow): string {
  if (claim) return claim.holder === holder ? 'yours' : `${claim.actor} is at it`;
  return status === 'open' ? '' : `${statusName(status)}${actor ? `, ${actor}` : ''}`;
}
