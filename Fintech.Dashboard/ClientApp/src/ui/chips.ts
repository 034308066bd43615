import { cross } from './dialog';
import { h } from './dom';

interface ChipOptions {
  /** "category Groceries": what it stands for, and what its buttons are named by. */
  readonly text: string;
  readonly on: boolean;
  /** Switched off it stays, to be switched on again. */
  readonly onToggle: (on: boolean) => void;
  readonly onRemove: () => void;
}

/** A filter that is in force, or kept but switched off: one button says which, another takes it away. */
export function chip({ text, on, onToggle, onRemove }: ChipOptions): HTMLElement {
  const toggle = h('button', { type: 'button', class: 'chip-toggle', 'aria-pressed': String(on), title: on ? 'Switch off' : 'Switch on', text });
  const remove = h('button', { type: 'button', class: 'chip-remove', 'aria-label': `Remove ${text}`, title: 'Remove' }, cross());
  toggle.addEventListener('click', () => onToggle(toggle.getAttribute('aria-pressed') !== 'true'));
  remove.addEventListener('click', onRemove);
  return h('span', { class: 'chip', 'data-on': String(on) }, toggle, remove);
}
