import type { AlertItem, RuleHit } from '../contract';
import { swatch } from '../breakdown/swatch';
import { decimal, integer, money } from '../format/number';
import { duration, instant, moment } from '../format/time';
import { byId, h } from '../ui/dom';
import { decision, excess, ruleName, ruleSet } from './words';

/** One alert in full, beside the list: the decision and its reason first, then what it rests on. */
export class AlertDetail {
  readonly #root = byId('alert-detail');
  readonly #onClose: () => void;
  #shown: string | null = null;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  get open(): boolean {
    return this.#shown !== null;
  }

  /** `arrivedAt` is the server time at which this page got the alert, null where it was there before. */
  show(alert: AlertItem, arrivedAt: number | null): void {
    this.#shown = alert.id;
    this.#root.dataset['transactionId'] = alert.id;
    this.#root.dataset['severity'] = alert.severity;
    this.#root.replaceChildren(
      this.#head(alert),
      ...decisions(alert),
      ...inputs(alert),
      ...stages(alert, arrivedAt),
      ...transaction(alert),
      ...trace(alert),
    );
    this.#root.scrollTop = 0;
    this.#root.hidden = false;
    document.body.classList.add('has-detail');
  }

  focus(): void {
    this.#root.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true });
  }

  close(): void {
    if (!this.open) return;
    this.#shown = null;
    delete this.#root.dataset['transactionId'];
    this.#root.hidden = true;
    document.body.classList.remove('has-detail');
    this.#onClose();
  }

  #head(alert: AlertItem): HTMLElement {
    const close = h('button', { type: 'button', class: 'button quiet', text: 'Close', title: 'Close (esc)' });
    close.addEventListener('click', () => this.close());
    return h(
      'header',
      { class: 'detail-head' },
      h('span', { class: 'severity', text: alert.severity }),
      h('span', { class: 'detail-score', text: `score ${integer(alert.score)}` }),
      close,
    );
  }
}

function decisions(alert: AlertItem): HTMLElement[] {
  const [first, ...others] = alert.hits;
  const title = first ? decision(first, alert.ruleSetVersion) : ['No rule recorded', ruleSet(alert.ruleSetVersion)];
  return [
    h('h2', { class: 'detail-decision', id: 'alert-detail-title', tabindex: '-1' }, ...unbroken(title)),
    ...others.map((hit) => h('p', { class: 'detail-also' }, ...unbroken(decision(hit, alert.ruleSetVersion)))),
    h('p', { class: 'detail-what' }, h('strong', { text: money(alert.amount, alert.currency) }), ` at ${alert.merchant}`),
  ];
}

/** Lines break between the pieces and not inside "4,500.00 > 3,000.00". */
function unbroken(pieces: readonly string[]): (Node | string)[] {
  return pieces.flatMap((piece, index) => [...(index > 0 ? [' '] : []), h('span', { class: 'unbroken', text: piece })]);
}

/** Each input against its threshold, as numbers and as a length with the threshold marked. */
function inputs(alert: AlertItem): HTMLElement[] {
  if (alert.hits.length === 0) return [];
  const rows = alert.hits.map((hit) =>
    h(
      'div',
      { class: 'input' },
      h(
        'div',
        { class: 'input-line' },
        h('span', { text: ruleName(hit.input) }),
        h('span', { class: 'input-value', text: `${decimal(hit.value)} ${hit.unit}` }),
      ),
      gauge(hit),
      h('div', { class: 'input-line quiet' }, h('span', { text: `threshold ${decimal(hit.threshold)}` }), h('span', { text: excess(hit) })),
    ),
  );
  return [h('h3', { text: 'Inputs against thresholds' }), ...rows];
}

function gauge({ value, threshold }: RuleHit): HTMLElement {
  const whole = Math.max(value, threshold) * 1.05 || 1;
  const bar = h('span', { class: 'gauge-bar' });
  const tick = h('span', { class: 'gauge-tick' });
  bar.style.width = `${((value / whole) * 100).toFixed(2)}%`;
  tick.style.left = `${((threshold / whole) * 100).toFixed(2)}%`;
  return h('div', { class: 'gauge', 'aria-hidden': 'true' }, bar, tick);
}

function stages(alert: AlertItem, arrivedAt: number | null): HTMLElement[] {
  const occurred = Date.parse(alert.occurredAt);
  const committed = Date.parse(alert.committedAt);
  const list = h('ol', { class: 'stages' }, stage('Occurred', occurred, null), stage('Committed', committed, committed - occurred));
  if (arrivedAt !== null) list.append(stage('Shown here', arrivedAt, arrivedAt - committed));
  return [h('h3', { text: 'Stages' }), list];
}

function stage(name: string, at: number, after: number | null): HTMLElement {
  return h(
    'li',
    {},
    h('span', { class: 'stage-name', text: name }),
    h('time', { datetime: new Date(at).toISOString(), title: moment(at), text: instant(at) }),
    h('span', { class: 'stage-after', text: after === null ? '' : `${after < 0 ? '' : '+'}${duration(after)}` }),
  );
}

function transaction(alert: AlertItem): HTMLElement[] {
  const list = h('dl', { class: 'facts' });
  const fact = (name: string, ...value: (Node | string)[]): void => {
    list.append(h('dt', { text: name }), h('dd', {}, ...value));
  };
  fact('Amount', money(alert.amount, alert.currency));
  fact('Merchant', alert.merchant);
  fact('Category', swatch(alert.category), alert.category);
  fact('Customer', String(alert.customerId));
  fact('When', moment(Date.parse(alert.occurredAt)));
  fact('Transaction', code(alert.id));
  return [h('h3', { text: 'Transaction' }), list];
}

function trace(alert: AlertItem): HTMLElement[] {
  return [
    h('h3', { text: 'Trace' }),
    alert.traceId
      ? h('p', { class: 'trace' }, code(alert.traceId))
      : h('p', { class: 'quiet', text: 'This event was not sampled for tracing.' }),
  ];
}

const code = (text: string): HTMLElement => h('code', { text });
