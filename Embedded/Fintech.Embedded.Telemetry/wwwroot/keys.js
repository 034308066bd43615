import { byId } from './dom.js';

/** Single keys that work wherever the focus is, except while text is typed, a button is pressed or a shortcut of the browser is meant. */
export function startKeys(actions) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('input, select, textarea')) return;
    if ((event.key === ' ' || event.key === 'Enter') && target?.closest('button, a, summary, [role=treeitem]')) return;
    if (byId('keys').open) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** To the next or previous row of whichever list is shown. */
export function moveRow(step) {
  const rows = [...document.querySelectorAll('#view [data-row]')].filter((row) => row.checkVisibility());
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement?.closest('[data-row]') ?? null);
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
}
