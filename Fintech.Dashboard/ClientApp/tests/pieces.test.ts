// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { confirmed, Dialog } from '../src/ui/dialog';
import { h } from '../src/ui/dom';
import { Field } from '../src/ui/field';
import { MessageLine } from '../src/ui/message';

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

