import { h } from '../ui/dom';
import { markOf } from './palette';

/** The small dot that stands for a category. */
export function swatch(category: string): HTMLElement {
  const { token, ring } = markOf(category);
  return h('span', { class: `swatch ${token}${ring ? ' ring' : ''}`, 'aria-hidden': 'true' });
}
