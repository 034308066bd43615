import { describe, expect, it } from 'vitest';
import { countDelta, relativeDelta, shareDelta } from '../src/kpis/delta';
import { count, loneTotal, money, total, wholeAmount } from '../src/format/number';
import { age, ageOrClock, duration } from '../src/format/time';
import { decision, excess, reasons, ruleName } from '../src/alerts/words';
import { alert, start } from './frames';

// The runner's locale is set to en-US in vite.config.ts.
describe('numbers', () => {
  it('keep their cents where they stand alone and small, and lose them in columns', () => {
    expect(money(4_500, 'USD')).toBe('$4,500.00');
    expect(loneTotal(1_234.5, 'USD')).toBe('$1,234.50');
    expect(loneTotal(58_170.4, 'USD')).toBe('$58,170');
    expect(total(54.2, 'EUR')).toBe('€54');
    expect(total(1_418_233.1, 'USD')).toBe('$1.42M');
  });

  it('stand without a sign where there are several currencies', () => {
    expect(wholeAmount(3_000, null)).toBe('3,000');
    expect(wholeAmount(3_000, 'USD')).toBe('$3,000');
  });

  it('do not stumble over a currency that is none', () => {
    expect(money(10, '<b>')).toBe('10.00 <b>');
    expect(money(10, '')).toBe('10.00 ');
  });

  it('are written out up to ten million', () => {
    expect(count(9_999_999)).toBe('9,999,999');
    expect(count(12_408_123)).toBe('12.41M');
  });
});

describe('times', () => {
  it.each([
    [300, '0.3 s'],
    [9_940, '9.9 s'],
    [9_960, '9 s'],
    [12_900, '12 s'],
    [240_000, '4 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
    [-5, '0.0 s'],
  ])('%d ms are %s', (ms, text) => {
    expect(age(ms)).toBe(text);
  });

  it('are an age while young and a clock later', () => {
    expect(ageOrClock(start, start + 400)).toBe('0 s');
    expect(ageOrClock(start, start + 12_000)).toBe('12 s');
    expect(ageOrClock(start, start + 2 * 3_600_000)).toMatch(/^\d\d:\d\d$/);
  });

  it('measure stages in milliseconds first', () => {
    expect(duration(217)).toBe('217 ms');
    expect(duration(1_240)).toBe('1.2 s');
  });
});

describe('changes', () => {
  it('are proportions, factors, or from none', () => {
    expect(relativeDelta(104, 100)).toEqual({ direction: 'up', text: '4%' });
    expect(relativeDelta(96, 100)).toEqual({ direction: 'down', text: '4%' });
    expect(relativeDelta(100.4, 100)).toEqual({ direction: 'same', text: 'same' });
    expect(relativeDelta(1_200, 100)).toEqual({ direction: 'up', text: '×12' });
    expect(relativeDelta(5, 0)).toEqual({ direction: 'up', text: 'from none', complete: true });
  });

  it('of few things are numbers, of shares points', () => {
    expect(countDelta(34, 37)).toEqual({ direction: 'down', text: '3' });
    expect(shareDelta(0.003, 0.0025)).toEqual({ direction: 'up', text: '0.05 pts' });
  });
});

describe('the words of an alert', () => {
  it('say the decision first', () => {
    expect(decision(alert('a').hits[0]!, 12).join(' ')).toBe('High value: 4,500.00 > 3,000.00 (rule set 12)');
  });

  it.each(['high-value', 'high_value', 'HighValue', 'high value'])('read %s as a name', (rule) => {
    expect(ruleName(rule)).toBe('High value');
  });

  it('list every rule that was hit, also none', () => {
    const [hit] = alert('a').hits;
    expect(reasons(alert('a', { hits: [hit!, { ...hit!, rule: 'velocity' }] }))).toBe('High value, velocity');
    expect(reasons(alert('a', { hits: [] }))).toBe('No rule recorded');
    expect(excess(hit!)).toBe('1.50×');
  });
});
