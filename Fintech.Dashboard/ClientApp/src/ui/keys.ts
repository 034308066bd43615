export type KeyActions = Readonly<Record<string, () => void>>;

/**
 * Single keys that work wherever the focus is, except where the key already means something: text is being typed, a
 * button is pressed with space or enter, a browser shortcut is meant.
 */
export function startKeys(actions: () => KeyActions): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('input:not([type="radio"]), textarea, select, [contenteditable]')) return;
    if ((event.key === ' ' || event.key === 'Enter') && target?.closest('button, a, summary')) return;
    // An open dialog closes itself on escape; behind it nothing happens.
    if (document.querySelector('dialog[open]') && event.key !== '?') return;

    const action = actions()[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
