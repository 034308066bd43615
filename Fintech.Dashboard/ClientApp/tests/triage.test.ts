// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ActionBar } from '../src/alerts/actions';
import { trail } from '../src/alerts/detail-parts';
import { customerStrip, place } from '../src/alerts/strip';
import type { AlertRow, CustomerTransaction, Dossier, Hit } from '../src/alerts/triage-api';
import { because, decision, span } from '../src/alerts/words';
import { addressOf, filterOf, queryOf, start as all } from '../src/triage/filter';
import { TriageList } from '../src/triage/list';
import { alert, start } from './frames';

const hostile = '<img src=x onerror=alert(1)>';

const row = (id: string, changes: Partial<AlertRow> = {}): AlertRow => ({
  ...alert(id),
  source: 'stream',
  status: 'open',
  dispositionId: null,
  actor: null,
  changedAt: null,
  claim: null,
  ...changes,
});

const dossier = (changes: Partial<Dossier> = {}): Dossier => ({
  alert: row('a'),
  stages: { occurredAt: alert('a').occurredAt, receivedAt: alert('a').occurredAt, scoredAt: alert('a').occurredAt, committedAt: alert('a').committedAt, shownAt: null },
  dispositions: [],
  deliveries: [],
  snoozes: [],
  traceUrl: null,
  at: new Date(start + 12_000).toISOString(),
  ...changes,
});

beforeEach(() => {
  document.body.replaceChildren();
});

describe('the filter', () => {
  it('lives in the address and comes back from it', () => {
    const filter = { ...all, state: 'acknowledged' as const, severity: ['high' as const, 'low' as const], rule: 'velocity', older: '24h', customer: '42', min: '100', sort: 'score' as const };
    const address = addressOf(filter, { id: 'a/1', source: 'stream' });
    expect(filterOf(new URL(address, 'http://x').search)).toEqual(filter);
    expect(new URL(address, 'http://x').searchParams.get('id')).toBe('a/1');
  });

  it('is not in the address where it is as at the start, and tells the server all the same', () => {
    expect(addressOf(all, null)).toBe('/alerts');
    expect(queryOf(all).toString()).toBe('state=open&sort=severity');
    expect(addressOf({ ...all, state: null }, null)).toBe('/alerts?state=all');
    expect(queryOf({ ...all, state: null }).has('state')).toBe(false);
  });

  it('takes nothing from an address that it does not know', () => {
    expect(filterOf('?state=closed&severity=terrible&sort=colour')).toEqual(all);
  });
});

describe('why a rule fired', () => {
  const hit = (rule: string, inputs: Hit['inputs'], changes: Partial<Hit> = {}): Hit => ({ rule, input: 'amount', value: 912.4, threshold: 260, unit: 'USD', inputs: inputs ?? null, ...changes });

  it.each([
    [hit('high-value', null), null],
    [hit('velocity', { window_seconds: 600 }, { input: 'purchases', value: 8, threshold: 5, unit: 'purchases' }), '8 purchases within 10 min; up to 5 are usual.'],
    [
      hit('spend-spike', { mean: 120, deviation: 35, deviations: 4, history: 41, minimum_amount: 200 }),
      'Usual is $120.00 ± $35.00 over 41 purchases; the threshold lies 4 deviations above, and at least at $200.00.',
    ],
    [
      hit('card-testing', { small_purchases: 4, small_count: 3, small_amount: 5, window_seconds: 3_600 }),
      '4 purchases of at most $5.00 within 1 h before it; 3 are enough.',
    ],
    [hit('new-category', { category: 'Travel', history: 12 }), 'Never bought in Travel before, in 12 purchases.'],
  ])('%o', (one, sentence) => {
    expect(because(one)).toBe(sentence);
  });

  it('counts purchases and calls a rule by its name', () => {
    expect(decision({ ...hit('velocity', {}), name: 'night-owl', value: 8, threshold: 5, unit: 'purchases' }, 12).join(' ')).toBe('Night owl: 8 > 5 purchases (rule set 12)');
    expect([90, 86_400, 5_400, 7_200].map(span)).toEqual(['90 s', '1 d', '90 min', '2 h']);
  });
});

describe('the worklist', () => {
  const list = (selected = vi.fn()) => {
    const made = new TriageList({ onOpen: vi.fn(), onSelection: selected });
    document.body.append(made.element);
    return made;
  };
  const rows = ['a', 'b', 'c', 'd'].map((id) => row(id));
  const box = (id: string) => document.querySelector<HTMLInputElement>(`[data-transaction-id="${id}"] input`)!;

  it('selects one with x, and all between with shift', () => {
    const made = list();
    made.render(rows, true);
    made.move(1);
    made.toggle();
    expect(made.selection.map(({ id }) => id)).toEqual(['a']);
    expect(document.querySelector('[data-transaction-id="a"] [aria-current]')).toBe(document.activeElement);
    document.querySelector('[data-transaction-id="c"] .triage-open')!.dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true }));
    expect(made.selection.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(box('b').checked).toBe(true);
  });

  it('forgets what left the list, and selects nothing for who may not act', () => {
    const made = list();
    made.render(rows, true);
    made.selectAll();
    made.render(rows.slice(2), true);
    expect(made.selection.map(({ id }) => id)).toEqual(['c', 'd']);
    made.selectNone();
    made.render(rows, false);
    made.move(1);
    made.toggle();
    expect(made.selection).toEqual([]);
  });

  it('tells two ledgers with the same id apart, and says who is at it', () => {
    const made = list();
    made.render([row('a'), row('a', { source: 'ledger', claim: { actor: hostile, holder: 'h', since: '', expiresAt: '' } })], true);
    const states = [...document.querySelectorAll('.triage-row-state')].map(({ textContent }) => textContent);
    expect(states).toEqual(['', `${hostile} is at it`]);
    expect(document.querySelectorAll('img')).toHaveLength(0);
  });
});

describe('the detail', () => {
  it('offers what may become of the alert, and nothing to who only looks', () => {
    const bar = new ActionBar(() => Promise.resolve());
    const open = () => [...bar.element.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')].map(({ dataset }) => dataset['verdict']);
    bar.show(dossier(), 'ada', true);
    expect(open()).toEqual(['acknowledged', 'confirmed_fraud', 'false_positive']);
    bar.show(dossier({ alert: row('a', { status: 'acknowledged', dispositionId: 1 }) }), 'ada', true);
    expect(open()).toEqual(['confirmed_fraud', 'false_positive', 'undo']);
    bar.show(dossier({ alert: row('a', { status: 'confirmed_fraud', dispositionId: 2 }) }), 'ada', true);
    expect(open()).toEqual(['undo']);
    bar.show(dossier(), 'ada', false);
    expect(bar.element.querySelectorAll('button, input')).toHaveLength(0);
  });

  it('shows who has taken the alert and lets nobody else decide', () => {
    const bar = new ActionBar(() => Promise.resolve());
    bar.show(dossier({ alert: row('a', { claim: { actor: 'Maria', holder: 'h', since: new Date(start).toISOString(), expiresAt: '' } }) }), 'ada', true);
    expect(bar.element.querySelector('.decide-claim')!.textContent).toBe('Maria has been working on this for 12 s.');
    expect(bar.element.querySelectorAll('button:not(:disabled)')).toHaveLength(0);
  });

  it('strikes through what was taken back, and shows comments as text', () => {
    const at = new Date(start).toISOString();
    document.body.append(
      ...trail(
        dossier({
          dispositions: [
            { dispositionId: 1, status: 'confirmed_fraud', comment: hostile, actor: 'ada', at, undoes: null },
            { dispositionId: 2, status: 'open', comment: null, actor: 'Maria', at, undoes: 1 },
          ],
        }),
      ),
    );
    expect([...document.querySelectorAll('.trail-what')].map(({ textContent }) => textContent)).toEqual(['Maria took back “Confirmed fraud”', 'ada confirmed it as fraud']);
    expect(document.querySelector('.is-undone .trail-comment')!.textContent).toBe(hostile);
    expect(document.querySelectorAll('img')).toHaveLength(0);
  });

  it('draws the customer with this alert marked, higher for more', () => {
    const transaction = (id: string, amount: number, hours: number, changes: Partial<CustomerTransaction> = {}): CustomerTransaction => ({
      id, source: 'stream', at: new Date(start - hours * 3_600_000).toISOString(), amount, currency: 'USD', type: 'purchase', merchant: hostile, category: 'Luxury', alert: false, ...changes,
    });
    const history = {
      from: new Date(start - 28 * 86_400_000).toISOString(),
      to: new Date(start + 86_400_000).toISOString(),
      transactions: [transaction('a', 4_500, 0, { alert: true }), transaction('b', 20, 5), transaction('c', 2_000, 300, { type: 'refund' })],
      complete: true,
      hour: { purchases: 1, amount: 4_500, currency: 'USD' },
      day: { purchases: 2, amount: 4_520, currency: 'USD' },
    };
    const at = place(history);
    const [mine, small] = history.transactions.map(at);
    expect(mine!.y).toBeLessThan(small!.y);
    expect(mine!.x).toBeGreaterThan(small!.x);
    document.body.append(...customerStrip(history, row('a')));
    expect(document.querySelectorAll('.strip-mine')).toHaveLength(1);
    expect(document.querySelector('.strip-words')!.textContent).toBe('2 other transactions; the highest $4,500.00.');
    expect([...document.querySelectorAll('dd')].map(({ textContent }) => textContent)).toEqual(['1 purchase, $4,500.00', '2 purchases, $4,520.00']);
    expect(document.querySelectorAll('img')).toHaveLength(0);
  });
});
