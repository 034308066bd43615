import { hash } from '../live/points';

/**
 * A colour of tokens.css, round and full or square and hollow: eight colours name sixteen categories without two that look alike. A bar
 * shows that it is hollow, a point in the chart stands upright instead.
 */
export interface Mark {
  readonly token: string;
  readonly shape: 'circle' | 'square';
}

const colours = 8;

// Fixed for the categories that are known, by how often they meet: neighbours in the list differ most.
const known: Readonly<Record<string, number>> = {
  groceries: 2,
  restaurants: 0,
  travel: 1,
  electronics: 4,
  luxury: 6,
  fuel: 7,
  health: 3,
  entertainment: 5,
  utilities: 9,
  fashion: 14,
  home: 10,
  education: 12,
};

/** The same category has the same colour on every page and after every reload, whatever else is on the screen. */
export function markOf(category: string): Mark {
  const name = category.trim().toLowerCase();
  if (name === '' || name === 'unknown' || name === 'other') return { token: 'category-none', shape: 'square' };
  const slot = known[name] ?? Math.floor(hash(name) * colours * 2);
  return { token: `category-${(slot % colours) + 1}`, shape: slot >= colours ? 'square' : 'circle' };
}
