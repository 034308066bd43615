import { preferences } from '../settings/preferences';

/** What a key does; with words, it is listed in the help. */
export interface Key {
  /** Same words for several keys (j and k) make one line of the help. */
  readonly does: string;
  readonly run: () => void;
}

/** By `KeyboardEvent.key`. A bare function means what the key means everywhere, see `usual`. */
export type KeyActions = Readonly<Record<string, Key | (() => void)>>;

/** Keys that mean the same on every page have their words here, once. */
const usual: Readonly<Record<string, string>> = {
  ' ': 'Pause, and resume',
  '/': 'Filter',
  j: 'Next and previous',
  k: 'Next and previous',
  Enter: 'Open the selected',
  Escape: 'Close what is open',
  a: 'Acknowledge',
  f: 'Confirm as fraud',
  p: 'False positive',
  n: 'Take the next alert',
  u: 'Undo',
  x: 'Select',
  v: 'Tables, and charts again',
  w: 'Next window of time',
};

const names: Readonly<Record<string, string>> = { ' ': 'space', Enter: 'enter', Escape: 'esc', ArrowUp: '↑', ArrowDown: '↓' };

export interface KeyLine {
  readonly keys: readonly string[];
  readonly does: string;
}

/** For the help: keys that do the same in one line, in the order in which they were given. */
export function linesOf(actions: KeyActions): KeyLine[] {
  const lines = new Map<string, string[]>();
  for (const [key, action] of Object.entries(actions)) {
    const does = typeof action === 'function' ? usual[key] : action.does;
    if (does === undefined) continue;
    const keys = lines.get(does) ?? [];
    keys.push(names[key] ?? key);
    lines.set(does, keys);
  }
  return [...lines].map(([does, keys]) => ({ keys, does }));
}

/**
 * Single keys that work wherever the focus is, except where the key already means something: text is being typed, a
 * button is pressed with space or enter, a browser shortcut is meant.
 */
export function startKeys(actions: () => KeyActions): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    // Enter and escape are no characters: they stay where the others are switched off.
    if (!preferences().keys && event.key.length === 1) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('input:not([type="radio"]):not([type="checkbox"]), textarea, select, [contenteditable]')) return;
    if ((event.key === ' ' || event.key === 'Enter') && target?.closest('button, a, summary, input, [role="tab"]')) return;
    // An open dialog closes itself on escape; behind it nothing happens.
    if (document.querySelector('dialog[open]') && event.key !== '?') return;

    const action = actions()[event.key];
    if (!action) return;
    event.preventDefault();
    if (typeof action === 'function') action();
    else action.run();
  });
}
