import { swatch } from '../breakdown/swatch';
import type { AlertItem } from '../contract';
import { integer, money } from '../format/number';
import { age, duration, instant, moment } from '../format/time';
import { h } from '../ui/dom';
import type { AlertRow, Delivery, Disposition, Dossier, Hit } from './triage-api';
import { because, excess, figure, ruleName, statusName, titleOf } from './words';

/** Lines break between the pieces and not inside "4,500.00 > 3,000.00". */
export function unbroken(pieces: readonly string[]): (Node | string)[] {
  return pieces.flatMap((piece, index) => [...(index > 0 ? [' '] : []), h('span', { class: 'unbroken', text: piece })]);
}

/** Each input against its threshold, as numbers and as a length with the threshold marked, and what else the rule looked at. */
export function inputs(alert: AlertItem | AlertRow): HTMLElement[] {
  const what = h('p', { class: 'detail-what' }, h('strong', { text: money(alert.amount, alert.currency) }), ` at ${alert.merchant}`);
  if (alert.hits.length === 0) return [what];
  const several = alert.hits.length > 1;
  const rows = alert.hits.map((hit: Hit) => {
    const more = because(hit);
    return h(
      'div',
      { class: 'measured' },
      h(
        'div',
        { class: 'input-line' },
        h('span', { text: several ? `${titleOf(hit)}: ${ruleName(hit.input).toLowerCase()}` : ruleName(hit.input) }),
        h('span', { class: 'input-value', text: `${figure(hit, hit.value)} ${hit.unit}` }),
      ),
      gauge(hit),
      h('div', { class: 'input-line quiet' }, h('span', { text: `threshold ${figure(hit, hit.threshold)}` }), h('span', { text: excess(hit) })),
      more === null ? null : h('p', { class: 'input-more', text: more }),
    );
  });
  return [what, h('h3', { text: 'Inputs against thresholds' }), ...rows];
}

function gauge({ value, threshold }: Hit): HTMLElement {
  const whole = Math.max(value, threshold) * 1.05 || 1;
  const bar = h('span', { class: 'gauge-bar' });
  const tick = h('span', { class: 'gauge-tick' });
  bar.style.width = `${((value / whole) * 100).toFixed(2)}%`;
  tick.style.left = `${((threshold / whole) * 100).toFixed(2)}%`;
  return h('div', { class: 'gauge', 'aria-hidden': 'true' }, bar, tick);
}

/** Each stage with its time and how long after the one before. */
export function stages(
  times: { occurredAt: string; receivedAt?: string; scoredAt?: string; committedAt: string; shownAt?: string | null },
  arrivedAt: number | null,
): HTMLElement[] {
  const known: (readonly [string, string | number | null | undefined])[] = [
    ['Occurred', times.occurredAt],
    ['Received', times.receivedAt],
    ['Scored', times.scoredAt],
    ['Committed', times.committedAt],
    ['Shown', times.shownAt],
    ['Shown here', arrivedAt],
  ];
  const list = h('ol', { class: 'stages' });
  let before: number | null = null;
  for (const [name, time] of known) {
    if (time === null || time === undefined) continue;
    const at: number = typeof time === 'number' ? time : Date.parse(time);
    list.append(stage(name, at, before === null ? null : at - before));
    before = at;
  }
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

export function transaction(alert: AlertItem | AlertRow): HTMLElement[] {
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

/** Who decided what, when and why: the newest first, what was taken back struck through. */
export function trail({ dispositions, at }: Dossier): HTMLElement[] {
  const undone = new Set(dispositions.map(({ undoes }) => undoes));
  const now = Date.parse(at);
  const list = h('ol', { class: 'trail', testid: 'trail' });
  for (const one of dispositions.toReversed()) {
    const when = Date.parse(one.at);
    list.append(
      h(
        'li',
        { class: undone.has(one.dispositionId) ? 'trail-item is-undone' : 'trail-item' },
        h('span', { class: 'trail-what' }, h('strong', { text: one.actor }), ` ${deed(one, dispositions)}`),
        h('time', { class: 'quiet', datetime: one.at, title: moment(when), text: `${age(Math.max(0, now - when))} ago` }),
        one.comment === null ? null : h('p', { class: 'trail-comment', text: one.comment }),
      ),
    );
  }
  return [
    h('h3', { text: 'Decisions' }),
    dispositions.length > 0 ? list : h('p', { class: 'quiet', text: 'Nobody has decided anything yet.' }),
  ];
}

function deed(one: Disposition, all: readonly Disposition[]): string {
  if (one.undoes !== null) {
    const taken = all.find(({ dispositionId }) => dispositionId === one.undoes);
    return `took back “${taken ? statusName(taken.status) : 'a decision'}”`;
  }
  return { open: 'opened it again', acknowledged: 'acknowledged it', confirmed_fraud: 'confirmed it as fraud', false_positive: 'called it a false positive' }[one.status];
}

/** Where the alert was sent. Nothing where nobody is to be told. */
export function deliveries({ deliveries: all }: Dossier): HTMLElement[] {
  if (all.length === 0) return [];
  return [
    h('h3', { text: 'Sent to' }),
    h('dl', { class: 'facts' }, ...all.flatMap((one) => [h('dt', { text: one.target }), h('dd', { text: delivered(one) })])),
  ];
}

function delivered({ status, attempts, decidedAt, nextAttemptAt, lastError }: Delivery): string {
  const tries = attempts === 1 ? '1 attempt' : `${integer(attempts)} attempts`;
  const error = lastError ? `: ${lastError}` : '';
  if (status === 'delivered') return `delivered ${moment(Date.parse(decidedAt ?? nextAttemptAt))}, ${tries}`;
  if (status === 'dead') return `given up after ${tries}${error}`;
  return attempts === 0 ? 'waiting for its first attempt' : `not yet, after ${tries}${error}; next ${moment(Date.parse(nextAttemptAt))}`;
}

export function trace(traceId: string | null, url: string | null): HTMLElement[] {
  const heading = h('h3', { text: 'Trace' });
  if (!traceId) return [heading, h('p', { class: 'quiet', text: 'This event was not sampled for tracing.' })];
  const link = url === null ? null : h('a', { href: url, target: '_blank', rel: 'noopener noreferrer', text: 'Open the trace' });
  return [heading, h('p', { class: 'trace' }, code(traceId), link === null ? null : ' ', link)];
}

const code = (text: string): HTMLElement => h('code', { text });
