import { integer, percent, wholePercent } from '../format/number';

export interface Delta {
  readonly direction: 'up' | 'down' | 'same';
  readonly text: string;
  /** True where the words say already what the change is measured against. */
  readonly complete?: true;
}

/** A change in proportion: "4%", "×12" once a percentage says less than a factor, "from none" after nothing. */
export function relativeDelta(now: number, before: number): Delta {
  if (before === 0) return now === 0 ? same : { direction: 'up', text: 'from none', complete: true };
  const change = (now - before) / before;
  if (Math.abs(change) < 0.005) return same;
  const text = change >= 9 ? `×${integer(Math.round(now / before))}` : wholePercent(Math.abs(change));
  return { direction: change > 0 ? 'up' : 'down', text };
}

/** A change in number: "3". Counts of rare things are too small for percentages. */
export function countDelta(now: number, before: number): Delta {
  if (now === before) return same;
  return { direction: now > before ? 'up' : 'down', text: integer(Math.abs(now - before)) };
}

/** A change between two shares, in points of a percent: "0.05%" would read as a proportion. */
export function shareDelta(now: number, before: number): Delta {
  if (Math.abs(now - before) < 0.00005) return same;
  return { direction: now > before ? 'up' : 'down', text: `${percent(Math.abs(now - before)).replace(/\s?%/, '')} pts` };
}

const same: Delta = { direction: 'same', text: 'same' };
