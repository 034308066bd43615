// @vitest-environment happy-dom
import { describe, expect, it, vi } from 'vitest';
import { crumbsOf, dayAfter, everything, hourAfter, presetOf, presets, queryOf, searchOf } from '../src/history/query';
import { HistoryHeader } from '../src/history/header';
import { steep } from '../src/history/scale';
import { type Cell, cellText, NumberTable, type Table } from '../src/history/table';

describe('the address of a view', () => {
  it('holds all that was chosen, and comes back as it was', () => {
    const query = { from: '2026-01-01', to: '2026-02-01', currency: 'EUR', category: 'Food & Drink', merchant: '=x', weekday: 3, hour: 14 };
    expect(queryOf(searchOf(query))).toEqual(query);
    expect(searchOf(everything)).toBe('');
  });

  it('leaves out what it cannot mean', () => {
    expect(queryOf('?from=yesterday&currency=usd&weekday=8&hour=3&category=Fuel')).toEqual({ ...everything, category: 'Fuel' });
    expect(queryOf('?weekday=2')).toEqual(everything);
  });

  it('names what can be left, one by one', () => {
    const query = { ...everything, category: 'Fuel', merchant: '', weekday: 1, hour: 9 };
    expect(crumbsOf(query).map(({ label }) => label)).toEqual(['Category: Fuel', 'Merchant: none named', 'Mondays 09:00–10:00 UTC']);
    expect(crumbsOf(query)[2]!.without).toEqual({ ...query, weekday: null, hour: null });
  });
});

describe('periods', () => {
  const now = new Date('2026-03-31T23:30:00Z');

  it('are whole months and days in UTC', () => {
    expect(presets.map(({ name, bounds }) => [name, ...bounds(now)])).toEqual([
      ['Today', '2026-03-31', '2026-04-01'],
      ['7 days', '2026-03-25', '2026-04-01'],
      ['This month', '2026-03-01', '2026-04-01'],
      ['Last month', '2026-02-01', '2026-03-01'],
      ['3 months', '2026-01-01', '2026-04-01'],
      ['12 months', '2025-04-01', '2026-04-01'],
      ['Everything', null, null],
    ]);
    expect(presetOf({ ...everything, from: '2026-02-01', to: '2026-03-01' }, now)?.name).toBe('Last month');
    expect(presetOf({ ...everything, from: '2026-02-02' }, now)).toBeUndefined();
  });

  it('end with the first moment that is not in them', () => {
    expect(dayAfter('2026-02-28')).toBe('2026-03-01');
    expect(hourAfter('2026-02-28T23:00:00Z')).toBe('2026-03-01T00:00:00Z');
  });
});

describe('a table', () => {
  const table: Table = {
    headline: 'x',
    sentences: [],
    columns: [
      { name: 'merchant', title: 'Merchant', kind: 'Text' },
      { name: 'transactions', title: 'Transactions', kind: 'Count' },
      { name: 'revenue', title: 'Revenue', kind: 'Money' },
      { name: 'share', title: 'Share', kind: 'Share' },
    ],
    rows: [
      ['<b>Shop</b>', 1234, -12.5, 0.031],
      ['', 1, 0, null],
    ],
  };

  it('has names as text, numbers in the currency, and a button where a row can be chosen', () => {
    const chosen = vi.fn();
    const { element } = shown(table, (row) => (row['merchant'] === '' ? null : () => chosen(row['merchant'])));
    expect([...element.querySelectorAll('tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
      ['<b>Shop</b>', '1,234', '-$12.50', '3.10%'],
      ['none named', '1', '$0.00', '–'],
    ]);
    expect(element.querySelector('b')).toBeNull();
    expect(element.querySelectorAll('button')).toHaveLength(1);
    element.querySelector('button')!.click();
    expect(chosen).toHaveBeenCalledWith('<b>Shop</b>');
  });

  it('keeps its rows, and with them the focus, when it is brought up to date', () => {
    const chosen = vi.fn();
    const numbers = shown(table, (row) => () => chosen(row['revenue']));
    document.body.append(numbers.element);
    const button = numbers.element.querySelector('button')!;
    button.focus();
    numbers.render({ ...table, rows: [['', 2, 0, null], ['<b>Shop</b>', 1300, 99, 0.04]] }, 'Merchants', 'USD');
    expect(document.activeElement).toBe(button);
    expect([...numbers.element.querySelectorAll('tbody tr')].map((row) => row.textContent)).toEqual(['none named2$0.00–', '<b>Shop</b>1,300$99.004.00%']);
    button.click();
    expect(chosen).toHaveBeenCalledWith(99);
  });

  it('names weekdays and hours', () => {
    expect(cellText(1, { name: 'weekday', title: '', kind: 'Number' }, 'USD')).toBe('Monday');
    expect(cellText(9, { name: 'hour', title: '', kind: 'Number' }, 'USD')).toBe('09:00');
    expect(cellText('2026-01-31T10:00:00Z', { name: 'at', title: '', kind: 'Text' }, 'USD')).toBe('Jan 31, 2026, 10:00');
    expect(cellText('2026-01-31', { name: 'merchant', title: '', kind: 'Text' }, 'USD')).toBe('2026-01-31');
    expect(cellText(true, { name: 'whole', title: '', kind: 'Flag' }, 'USD')).toBe('yes');
  });
});

function shown(table: Table, pick: (row: Readonly<Record<string, Cell>>) => (() => void) | null): NumberTable {
  const numbers = new NumberTable(pick);
  numbers.render(table, 'Merchants', 'USD');
  return numbers;
}

describe('the header', () => {
  it('keeps buttons, chips and a date that is half typed while the same period is shown anew', () => {
    const header = new HistoryHeader(vi.fn());
    document.body.append(header.element);
    const query = { ...everything, from: '2026-01-01', to: '2026-02-01', category: 'Fuel' };
    header.render(query, 'USD', ['USD', 'EUR'], 'then');
    const from = header.element.querySelector<HTMLInputElement>('[data-testid=history-from]')!;
    const chip = header.element.querySelector<HTMLElement>('.history-chip')!;
    from.value = '2026-01-15';
    chip.focus();
    header.render(query, 'EUR', ['USD', 'EUR'], 'now');
    expect(document.activeElement).toBe(chip);
    expect(from.value).toBe('2026-01-15');
    expect([...header.element.querySelectorAll('fieldset:last-of-type button')].map((button) => button.getAttribute('aria-pressed'))).toEqual(['false', 'true']);
    header.render({ ...query, from: '2026-03-01', to: '2026-04-01' }, 'EUR', ['USD', 'EUR'], 'later');
    expect(from.value).toBe('2026-03-01');
  });
});

describe('a scale', () => {
  it('ends at a round number above nearly all where one number is far above the others', () => {
    const days = Array.from({ length: 55 }, (_, day) => 12_000 + day * 100);
    expect(steep(days)).toBeNull();
    expect(steep([...days, 750_000])).toBe(20_000);
    expect(steep([1, 900])).toBeNull();
  });
});
