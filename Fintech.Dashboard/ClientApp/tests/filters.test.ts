// @vitest-environment happy-dom
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FilterRequest, ScopeState } from '../src/contract';
import { FilterBar, noteOf } from '../src/filters/bar';
import { addressWith, isWithin, keyOf, matches, parse, partOf, rangeOf, requestOf } from '../src/filters/model';
import { KpiCards } from '../src/kpis/kpis';
import { ServerClock } from '../src/live/clock';
import { LiveState } from '../src/live/state';
import type { View } from '../src/live/view';
import { alert, frame, snapshot, start, transaction } from './frames';

const filter = (changes: Partial<FilterRequest> = {}): FilterRequest => ({
  categories: [],
  merchants: [],
  customers: [],
  atLeast: null,
  atMost: null,
  onlyAlerts: false,
  ...changes,
});

const scope = (changes: Partial<ScopeState> = {}): ScopeState => ({
  figures: 'filtered',
  unknown: ['latency'],
  estimated: false,
  at: new Date(start).toISOString(),
  since: null,
  merchants: '5m',
  merchantsSince: null,
  note: null,
  ...changes,
});

describe('the address', () => {
  it('holds several conditions, those switched off as well, and gives them back', () => {
    const address = 'http://localhost/?window=1h&category=Travel&category=Fuel&-merchant=A%26B&customer=42&amount=100..500&alerts=only';
    const parts = parse(new URL(address).search);
    expect(parts.map(({ kind, value, on }) => `${on ? '' : '-'}${kind}=${value}`)).toEqual([
      'category=Travel',
      'category=Fuel',
      '-merchant=A&B',
      'customer=42',
      'amount=100..500',
      'alerts=only',
    ]);
    expect(parse(new URL(addressWith(parts, 'http://localhost/?window=1h&category=Old')).search)).toEqual(parts);
    expect(addressWith([], address)).toBe('http://localhost/?window=1h');
  });

  it('leaves out what is no condition', () => {
    expect(parse('?customer=abc&amount=9..1&category=&merchant=%20&colour=red&amount=..')).toEqual([]);
    expect(parse(`?${Array.from({ length: 20 }, (_, i) => `customer=${i}`).join('&')}`)).toHaveLength(8);
  });

  it.each([
    ['100..500', { low: 100, high: 500 }],
    ['100..', { low: 100, high: null }],
    ['..0.5', { low: null, high: 0.5 }],
    ['100', { low: 100, high: null }],
    ['..', null],
    ['a..b', null],
    ['5..1', null],
  ])('reads the range %s', (text, range) => expect(rangeOf(text)).toEqual(range));
});

describe('a filter', () => {
  it('asks the server only for what is switched on, in one order', () => {
    const parts = parse('?category=Travel&category=Fuel&-merchant=X&amount=..5');
    expect(requestOf(parts)).toEqual(filter({ categories: ['Fuel', 'Travel'], atMost: 5 }));
    expect(requestOf(parse('?-category=Travel'))).toBeNull();
    expect(partOf('customer', ' 0042 ')).toEqual({ kind: 'customer', value: '42', on: true });
  });

  it('takes values of a kind as alternatives and kinds together', () => {
    const item = { category: 'Travel', merchant: 'Aurora Rail', customerId: 7, amount: 100 };
    expect(matches(filter({ categories: ['Fuel', 'Travel'], customers: [7] }), item, false)).toBe(true);
    expect(matches(filter({ categories: ['Fuel'], customers: [7] }), item, false)).toBe(false);
    expect(matches(filter({ atLeast: 100, atMost: 100 }), item, false)).toBe(true);
    expect(matches(filter({ onlyAlerts: true }), item, false)).toBe(false);
  });

  it('knows whether another one has let through all it needs', () => {
    const travel = filter({ categories: ['Travel'] });
    expect(isWithin(travel, null)).toBe(true);
    expect(isWithin(null, travel)).toBe(false);
    expect(isWithin(filter({ categories: ['Travel'], atLeast: 5 }), travel)).toBe(true);
    expect(isWithin(filter({ categories: ['Travel', 'Fuel'] }), travel)).toBe(false);
    expect(isWithin(filter({ atLeast: 5 }), filter({ atLeast: 6 }))).toBe(false);
  });
});

describe('the state under a filter', () => {
  const lists = {
    alerts: [alert('a-1'), alert('a-2', { category: 'Travel' })],
    latest: [transaction('t-1'), transaction('t-2', { category: 'Travel' })],
  };
  const travel = filter({ categories: ['Travel'] });
  const open = (): LiveState => {
    const state = new LiveState('5m', new ServerClock(() => 1_000));
    state.applySnapshot(snapshot(1, lists));
    return state;
  };

  it('is looked through at once, while figures are not known until the server has counted', () => {
    const state = open();
    expect(state.narrow(travel)).toBe(true);
    expect(state.view!.frame.alerts.map(({ id }) => id)).toEqual(['a-2']);
    expect(state.view!.frame.latest.map(({ id }) => id)).toEqual(['t-2']);
    expect(state.view!.frame.scope).toMatchObject({ figures: 'pending', note: 'The filter is being read for the first time.' });
    expect(state.view!.frame.scope!.unknown).toContain('transactions');

    // A frame of everything that was on its way is not taken for one of the filter.
    expect(state.applyFrame(frame(2))).toBe(false);
    state.applySnapshot(snapshot(3, { filter: travel, scope: scope(), ...lists }));
    expect(state.view!.frame.scope!.unknown).toEqual(['latency']);
  });

  it('looks through what is held while paused, asks nothing, and asks on resume', () => {
    const state = open();
    state.hold();
    expect(state.narrow(travel)).toBe(false);
    expect(state.view!.frame.alerts).toHaveLength(1);
    expect(state.view!.frame.scope!.note).toMatch(/^Paused: the filter looks through what is held/);
    expect(state.applyFrame(frame(2, { alerts: [alert('a-3'), ...lists.alerts] }))).toBe(true);
    expect(state.pause!.missed.alerts).toBe(1);
    expect(state.resume()).toBe(true);
    expect(state.filter).toEqual(travel);
  });

  it('says that some is missing where what is held had passed another filter', () => {
    const state = new LiveState('5m', new ServerClock(() => 1_000));
    state.narrow(travel);
    state.applySnapshot(snapshot(1, { filter: travel, scope: scope(), ...lists }));
    state.hold();
    state.narrow(null);
    expect(state.view!.frame.scope!.note).toMatch(/some is missing here/);
  });

  it('counts on after a reconnect during a pause', () => {
    const state = open();
    state.hold();
    state.applySnapshot(snapshot(1, { ...lists, alerts: [alert('a-9'), ...lists.alerts] }));
    expect(state.pause!.missed.alerts).toBe(1);
    expect(state.view!.frame.alerts).toHaveLength(2);
  });

  it('is looked through in the page where the server would not count for it, and says why', () => {
    const state = open();
    state.narrow(travel);
    state.refuse('24 different filters are being looked through already.');
    expect(state.filter).toBeNull();
    expect(state.applyFrame(frame(2, lists))).toBe(true);
    expect(state.view!.frame.alerts).toHaveLength(1);
    expect(state.view!.frame.scope!.note).toBe('24 different filters are being looked through already.');
  });

  it('keeps the lines of the figures while they are not sent again', () => {
    const state = open();
    const trend = { from: '', stepSeconds: 60, at: '', transactions: [1], value: [1], alerts: [0], latencyP99Ms: null };
    state.applyFrame(frame(2, { trend }));
    state.applyFrame(frame(3, { trend: null }));
    expect(state.view!.frame.trend).toBe(trend);
  });
});

describe('the clock', () => {
  it('is silent for as long as the viewer slept, though the monotonic clock stood still', () => {
    let wall = start + 3_600_000;
    const clock = new ServerClock(
      () => 1_000,
      () => wall,
    );
    clock.observe(start);
    expect(clock.now()).toBe(start);
    expect(clock.silence()).toBe(0);
    wall += 600_000;
    expect(clock.silence()).toBe(600_000);
    clock.observe(start + 600_000);
    expect(clock.silence()).toBe(0);
    expect(clock.now()).toBe(start + 600_000);
  });
});

describe('on the page', () => {
  const page = readFileSync(`${import.meta.dirname}/../index.html`, 'utf8').replace(/<script[^]*?<\/script>/g, '');
  beforeEach(() => {
    document.documentElement.innerHTML = page.replace(/^[^]*?<html[^>]*>|<\/html>[^]*$/g, '');
  });

  it('a condition is added, switched off and on, and removed', () => {
    const changed = vi.fn();
    const bar = new FilterBar(changed);
    bar.open('customer');
    const input = document.querySelector<HTMLInputElement>('#filter-value')!;
    const submit = () => document.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
    input.value = 'abc';
    submit();
    expect(document.querySelector('#filter-fault')!.textContent).toBe('A customer is a number.');
    expect(changed).not.toHaveBeenCalled();

    input.value = '42';
    submit();
    expect(changed).toHaveBeenLastCalledWith([{ kind: 'customer', value: '42', on: true }]);
    document.querySelector<HTMLElement>('.chip-toggle')!.click();
    expect(changed).toHaveBeenLastCalledWith([{ kind: 'customer', value: '42', on: false }]);
    expect(document.querySelector('.chip-toggle')!.getAttribute('aria-pressed')).toBe('false');
    document.querySelector<HTMLElement>('.chip-remove')!.click();
    expect(changed).toHaveBeenLastCalledWith([]);
  });

  it('a name from an address is shown as text', () => {
    new FilterBar(() => {}).show(parse('?merchant=%3Cimg%20src%3Dx%3E'));
    expect(document.querySelectorAll('img')).toHaveLength(0);
    expect(document.querySelector('.chip-toggle')!.textContent).toBe('Merchant: <img src=x>');
  });

  it('a figure that is not known for the filter is not shown, whatever it was before', () => {
    const cards = new KpiCards();
    const view = (changes: Parameters<typeof frame>[1]): View => ({ frame: frame(1, changes), points: [], rate: [], now: start });
    cards.render(view({}));
    cards.render(view({ scope: scope({ unknown: ['latency', 'transactions'], note: 'Choose 1 h.' }) }));
    const card = document.querySelector<HTMLElement>('[data-testid="kpi-transactions"]')!;
    expect(card.dataset['value']).toBeUndefined();
    expect(card.textContent).toBe('Transactions–not known by filter');
  });

  it('says how far the filter reaches', () => {
    const view = (changes: Partial<ScopeState>, named: FilterRequest | null, now = start): View => ({
      frame: frame(1, { scope: scope(changes) }),
      points: [],
      rate: [],
      now,
      filter: named,
    });
    expect(noteOf(view({}, filter()))).toBe('Figures, chart and lists are filtered; latency is not known by filter.');
    expect(noteOf(view({}, filter(), start + 9_000))).toMatch(/9 s old/);
    expect(noteOf(view({ estimated: true }, null))).toMatch(/^One minute is an estimate/);
    expect(noteOf(view({ figures: 'all' }, null))).toBeNull();
    expect(keyOf(null)).toBe('');
  });
});
