// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { byMinute } from '../src/amounts/minutes';
import { currenciesOf, extent, scopeWords } from '../src/amounts/scale';
import { markOf } from '../src/breakdown/palette';
import { lineOf, pathOf, Sparkline, stepsOf } from '../src/kpis/sparkline';
import { addressOf, windowOf } from '../src/live/windows';
import { frame, start } from './frames';

const point = (at: number, amount: number, alert = false) => ({ id: String(at), at, amount, currency: 'USD', category: 'Fuel', alert });

describe('the log axis', () => {
  it('stands still for ordinary amounts and grows by whole powers of ten', () => {
    expect(extent([{ amount: 20 }], null)).toEqual([1, 10_000]);
    expect(extent([{ amount: 0.4 }, { amount: 25_000 }], null)).toEqual([0.1, 100_000]);
    expect(extent([], 20_000)).toEqual([1, 100_000]);
  });
});

describe('the currency of the axis', () => {
  it('is that of most points first, and more than one is said', () => {
    const euro = { ...point(start, 5), currency: 'EUR' };
    expect(currenciesOf({ points: [euro, point(start, 1), point(start, 2)], frame: frame(1) })).toEqual(['USD', 'EUR']);
    expect(scopeWords(['USD'])).toBe('last 5 minutes, USD');
    expect(scopeWords(['USD', 'EUR'])).toBe('last 5 minutes, USD and EUR');
    expect(scopeWords(['USD', 'EUR', 'CHF'])).toBe('last 5 minutes, 3 currencies');
  });
});

describe('the table of minutes', () => {
  it('says what the chart shows, newest first', () => {
    const minute = 60_000;
    const rows = byMinute(
      [point(start, 10), point(start + 1, 30), point(start + 2, 4_000, true), point(start + minute, 5), point(start + minute + 1, 7)],
      [
        { at: start, value: 18 },
        { at: start + 1_000, value: 22 },
      ],
    );
    expect(rows).toEqual([
      { start: start + minute, shown: 2, lowest: 5, median: 6, highest: 7, alerts: 0, rate: null },
      { start, shown: 3, lowest: 10, median: 30, highest: 4_000, alerts: 1, rate: 20 },
    ]);
  });
});

describe('the colour of a category', () => {
  it('is the same however it is written, and one of eight', () => {
    expect(markOf('Groceries')).toEqual(markOf(' groceries '));
    for (const name of ['Groceries', 'Pet food', 'Wägen', '東京']) expect(markOf(name).token).toMatch(/^category-[1-8]$/);
  });

  it('differs for every category of the platform', () => {
    const names = [
      'Groceries',
      'Restaurants',
      'Travel',
      'Electronics',
      'Luxury',
      'Fuel',
      'Health',
      'Entertainment',
      'Utilities',
      'Fashion',
      'Unknown',
    ];
    expect(new Set(names.map((name) => JSON.stringify(markOf(name)))).size).toBe(names.length);
  });
});

describe('the sparkline', () => {
  it('is empty without values, and reaches the top at the highest', () => {
    expect(pathOf([], start)).toBe('');
    expect(
      pathOf(
        [
          { at: start - 10_000, value: 0 },
          { at: start - 5_000, value: 0 },
        ],
        start,
      ),
    ).toBe('');
    expect(
      pathOf(
        [
          { at: start - 300_000, value: 10 },
          { at: start - 150_000, value: 20 },
          { at: start, value: 0 },
        ],
        start,
      ),
    ).toBe('M0,14L60,1.5L120,26.5');
  });
});

describe('a line of steps', () => {
  const steps = (...values: (number | null)[]) => lineOf(values.map((value, index) => ({ x: index * 10, value })));

  it('is broken where nothing is known, which is not zero', () => {
    expect(steps(10, 20, null, 20, 0)).toBe('M0,14L10,1.5M30,1.5L40,26.5');
    expect(steps(null, 20, null)).toBe('M9,1.5h2');
    expect(steps(null, null)).toBe('');
  });

  it('has no step under way where that has no value yet', () => {
    const trend = { from: new Date(start).toISOString(), stepSeconds: 60, at: new Date(start + 90_000).toISOString(), transactions: [], value: [], alerts: [], latencyP99Ms: null };
    expect(stepsOf(trend, [4, 3], false)).toEqual([4, 6]);
    expect(stepsOf(trend, [4, null], false)).toEqual([4, null]);
  });

  it('fills what lies beneath each of its pieces', () => {
    const line = new Sparkline('Latency');
    const trend = { from: new Date(start).toISOString(), stepSeconds: 60, at: new Date(start + 240_000).toISOString(), transactions: [], value: [], alerts: [], latencyP99Ms: null };
    line.trend(trend, [80, 80, null, 80], true);
    const [area, drawn] = [...line.element.querySelectorAll('path')].map((path) => path.getAttribute('d'));
    expect(drawn).toBe('M0,1.5L40,1.5M119,1.5h2');
    expect(area).toBe('M0,1.5L40,1.5V28H0ZM119,1.5h2V28H119Z');
    line.trend(trend, [null, null, null, null], true);
    expect(line.element.getAttribute('aria-label')).toBe('Latency: no line for this window');
  });
});

describe('the window in the address', () => {
  it('is read, written, and left out where it is the usual one', () => {
    expect(windowOf('?window=1h')).toBe('1h');
    expect(windowOf('?window=2h')).toBe('5m');
    expect(windowOf('')).toBe('5m');
    expect(addressOf('1h', 'http://localhost:5001/?a=b')).toBe('http://localhost:5001/?a=b&window=1h');
    expect(addressOf('5m', 'http://localhost:5001/?window=1h')).toBe('http://localhost:5001/');
  });
});
