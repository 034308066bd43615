// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../src/shell/api';
import { chip } from '../src/ui/chips';
import { confirmed, Dialog } from '../src/ui/dialog';
import { h } from '../src/ui/dom';
import { Field } from '../src/ui/field';
import { Menu } from '../src/ui/menu';
import { MessageLine } from '../src/ui/message';
import { Pager } from '../src/ui/pager';
import { States } from '../src/ui/states';
import { Subtabs } from '../src/ui/subtabs';
import { type Column, DataTable } from '../src/ui/table';

const press = (target: Element, key: string) => target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
const click = (root: ParentNode, selector: string) => root.querySelector<HTMLElement>(selector)!.click();

beforeEach(() => document.body.replaceChildren());
afterEach(() => vi.useRealTimers());

describe('a dialog', () => {
  it('gives the focus back to where it was, and to the page where that is gone', () => {
    const opener = h('button', { text: 'Open' });
    const main = h('main', { tabindex: '-1' });
    document.body.append(opener, main);
    const dialog = new Dialog({ title: 'Keys' });

    opener.focus();
    dialog.open();
    dialog.close();
    expect(document.activeElement).toBe(opener);

    dialog.open();
    opener.remove();
    dialog.close();
    expect(document.activeElement).toBe(main);
  });

  it('is named by its title and leaves nothing behind', () => {
    const dialog = new Dialog({ title: 'Settings' });
    dialog.open();
    expect(document.getElementById(dialog.element.getAttribute('aria-labelledby')!)!.textContent).toBe('Settings');
    dialog.close();
    expect(document.querySelector('dialog')).toBeNull();
  });

  it('that asks says no where it is closed otherwise', async () => {
    const refused = confirmed('Discard?', '3 rows are discarded.', 'Discard');
    click(document, '.dialog-close');
    expect(await refused).toBe(false);
    const agreed = confirmed('Discard?', '3 rows are discarded.', 'Discard');
    click(document, '.button.primary');
    expect(await agreed).toBe(true);
  });
});

describe('tabs within a page', () => {
  it('show one panel, go by arrows, and fall back to the first for a name they do not know', () => {
    const [runs, rules] = [h('div'), h('div')];
    const chosen = vi.fn();
    const tabs = new Subtabs(
      'Pipeline',
      [
        { key: 'runs', title: 'Runs', panel: runs },
        { key: 'rules', title: 'Rules', panel: rules },
      ],
      chosen,
    );
    document.body.append(tabs.element, runs, rules);
    press(tabs.element, 'ArrowRight');
    expect([runs.hidden, rules.hidden, chosen.mock.calls]).toEqual([true, false, [['rules']]]);
    expect(document.activeElement!.textContent).toBe('Rules');
    expect([...tabs.element.children].map((tab) => (tab as HTMLElement).tabIndex)).toEqual([-1, 0]);
    press(tabs.element, 'ArrowRight');
    expect(tabs.chosen).toBe('runs');
    tabs.choose('long-gone');
    expect([tabs.chosen, runs.hidden]).toEqual(['runs', false]);
  });
});

describe('a table', () => {
  interface Item {
    readonly id: string;
    readonly value: number | null;
  }
  const columns: readonly Column<Item>[] = [
    { key: 'id', title: 'Name', cell: ({ id }) => id, sort: ({ id }) => id, rowHead: true },
    { key: 'value', title: 'Value', cell: ({ value }) => String(value), sort: ({ value }) => value, numeric: true },
    { key: 'act', title: 'Action', cell: ({ id }) => h('button', { text: `Open ${id}` }) },
  ];
  const items: readonly Item[] = [
    { id: 'b', value: 2 },
    { id: 'a', value: null },
    { id: 'c', value: 10 },
  ];
  const names = (table: DataTable<Item>) => [...table.body.querySelectorAll('th')].map((cell) => cell.textContent);

  it('sorts by its heads, says so, and keeps what is not known at the end', () => {
    const table = new DataTable({ caption: 'Items', columns, keyOf: ({ id }) => id });
    table.render(items);
    expect(names(table)).toEqual(['b', 'a', 'c']);
    click(table.element, 'th.numeric button');
    expect(names(table)).toEqual(['c', 'b', 'a']);
    expect(table.element.querySelector('th.numeric')!.getAttribute('aria-sort')).toBe('descending');
    click(table.element, 'th.numeric button');
    expect(names(table)).toEqual(['b', 'c', 'a']);
    click(table.element, 'thead button');
    expect([names(table), table.element.querySelectorAll('[aria-sort]').length]).toEqual([['a', 'b', 'c'], 1]);
  });

  it('leaves the order to the server where that sorts', () => {
    const onOrder = vi.fn();
    const table = new DataTable({ caption: 'Items', columns, keyOf: ({ id }) => id, onOrder });
    table.render(items);
    click(table.element, 'th.numeric button');
    expect(onOrder).toHaveBeenCalledWith({ key: 'value', descending: true });
    expect(names(table)).toEqual(['b', 'a', 'c']);
  });

  it('does not touch a row that did not change', () => {
    const table = new DataTable({ caption: 'Items', columns, keyOf: ({ id }) => id });
    document.body.append(table.element);
    table.render(items);
    const button = [...table.body.querySelectorAll('button')].find((one) => one.textContent === 'Open b')!;
    button.focus();
    table.render([{ id: 'new', value: 1 }, { id: 'b', value: 2 }]);
    expect([button.isConnected, document.activeElement === button]).toEqual([true, true]);
    table.render([{ id: 'b', value: 3 }]);
    expect(table.body.textContent).toContain('3');
  });
});

describe('the message line', () => {
  it('holds one sentence, and only a confirmation without anything to press goes by itself', () => {
    vi.useFakeTimers();
    const undo = vi.fn();
    const line = new MessageLine();
    line.show('Saved.', 'good');
    vi.advanceTimersByTime(10_000);
    expect(line.element.textContent).toBe('');
    line.show('3 alerts acknowledged.', 'good', { title: 'Undo', run: undo });
    vi.advanceTimersByTime(60_000);
    click(line.element, 'button');
    expect(undo).toHaveBeenCalledOnce();
    line.show('The server cannot be reached.', 'warn');
    expect([line.element.textContent, line.element.dataset['kind']]).toEqual(['The server cannot be reached.', 'warn']);
  });
});

describe('the states of what is asked for', () => {
  const later = <T>(value: T, milliseconds: number) => new Promise<T>((resolve) => setTimeout(() => resolve(value), milliseconds));

  it('say nothing of a short wait and "Loading" of a long one', async () => {
    vi.useFakeTimers();
    const states = new States(h('div'));
    const quick = states.load(() => later('a', 200), () => null);
    await vi.advanceTimersByTimeAsync(200);
    await quick;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(states.element.textContent).toBe('');

    const first = new States(h('div'));
    void first.load(() => later('a', 2_000), () => null);
    await vi.advanceTimersByTimeAsync(310);
    expect([first.element.textContent, first.element.getAttribute('aria-busy')]).toEqual(['Loading…', 'true']);
  });

  it('give the reason of emptiness, the sentence of a failure, and a way to try again', async () => {
    const content = h('div');
    const states = new States(content);
    await states.load(() => Promise.resolve([]), () => ({ reason: 'No alerts in this period.' }));
    expect([states.element.textContent, content.hidden]).toEqual(['No alerts in this period.', true]);

    let fails = true;
    const ask = () => (fails ? Promise.reject(new ApiError(503, 'The warehouse cannot be reached.')) : Promise.resolve(1));
    await states.load(ask, () => null);
    expect(states.element.textContent).toBe('The warehouse cannot be reached.Try again');
    fails = false;
    click(states.element, 'button');
    await vi.waitFor(() => expect(content.hidden).toBe(false));
  });

  it('keep what was shown when asking again fails', async () => {
    const content = h('div');
    const states = new States(content);
    await states.load(() => Promise.resolve(1), () => null);
    await states.load(() => Promise.reject(new ApiError(0, 'The server cannot be reached.')), () => null);
    expect([content.hidden, states.element.textContent]).toEqual([false, 'The server cannot be reached. What is shown is older.Try again']);
  });

  it('show the answer to the last question, whichever comes first', async () => {
    vi.useFakeTimers();
    const states = new States(h('div'));
    const shown: string[] = [];
    const show = (answer: string) => (shown.push(answer), null);
    void states.load(() => later('old', 500), show);
    void states.load(() => later('new', 100), show);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(shown).toEqual(['new']);
  });
});

describe('a field', () => {
  it('ties label, hint and fault to its control', () => {
    const field = new Field('Threshold', h('input'), 'In the currency of the rule.');
    document.body.append(field.element);
    const describes = () => field.control.getAttribute('aria-describedby')!.split(' ').map((id) => document.getElementById(id)!.textContent);
    expect(field.element.querySelector('label')!.htmlFor).toBe(field.control.id);
    expect(describes()).toEqual(['In the currency of the rule.']);
    field.fault('The threshold must be positive.');
    expect([field.control.getAttribute('aria-invalid'), describes()[1]]).toEqual(['true', 'The threshold must be positive.']);
    field.fault(null);
    expect([field.control.hasAttribute('aria-invalid'), describes().length]).toEqual([false, 1]);
  });
});

describe('a chip', () => {
  it('can be switched off without being removed', () => {
    const [onToggle, onRemove] = [vi.fn(), vi.fn()];
    const element = chip({ text: 'category Groceries', on: true, onToggle, onRemove });
    click(element, '.chip-toggle');
    click(element, '.chip-remove');
    expect([onToggle.mock.calls, onRemove.mock.calls.length]).toEqual([[[false]], 1]);
    expect(element.querySelector('.chip-remove')!.getAttribute('aria-label')).toBe('Remove category Groceries');
  });
});

describe('a menu', () => {
  it('opens on the first item, goes round by arrows, and gives the focus back', () => {
    const [run, refused] = [vi.fn(), vi.fn()];
    const menu = new Menu('More', () => [
      { title: 'Replay', run },
      { title: 'Discard', run: refused, refused: 'Only an admin may discard rows.' },
    ]);
    document.body.append(menu.element);
    menu.button.click();
    expect(document.activeElement!.textContent).toBe('Replay');
    press(document.activeElement!, 'ArrowUp');
    (document.activeElement as HTMLElement).click();
    expect(refused).not.toHaveBeenCalled();
    press(document.activeElement!, 'Escape');
    expect([document.activeElement, menu.button.getAttribute('aria-expanded')]).toEqual([menu.button, 'false']);
    menu.open();
    (document.activeElement as HTMLElement).click();
    expect([run.mock.calls.length, document.activeElement]).toEqual([1, menu.button]);
  });
});

describe('the pager', () => {
  it('says where one is, and does not lead past the ends', () => {
    const [back, on] = [vi.fn(), vi.fn()];
    const pager = new Pager('alerts', back, on);
    pager.render({ first: 1, rows: 50, of: 137, more: true });
    for (const button of pager.element.querySelectorAll('button')) button.click();
    expect([pager.element.querySelector('span')!.textContent, back.mock.calls.length, on.mock.calls.length]).toEqual(['1–50 of 137', 0, 1]);
    pager.render({ first: 1, rows: 3, of: 3, more: false });
    expect(pager.element.hidden).toBe(true);
  });
});
