import { h } from '../ui/dom';
import { markOf } from './palette';

/** The classes of the small dot that stands for a category. */
export function markClass(category: string): string {
  const { token, shape } = markOf(category);
  return `swatch ${token} ${shape}`;
}

export const swatch = (category: string): HTMLElement => h('span', { class: markClass(category), 'aria-hidden': 'true' });
