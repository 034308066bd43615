import type { AlertItem, LiveFrame } from '../contract';

/**
 * Which alerts are new to this page, whatever its figures are narrowed to, and also after a connection was lost: what came meanwhile is new
 * with the first numbers after it. What is there when the page is opened is not.
 */
export class Newcomers {
  #known: readonly AlertItem[] | null = null;

  observe({ alerts, filter, raised }: Pick<LiveFrame, 'alerts' | 'filter' | 'raised'>): readonly AlertItem[] {
    // Narrowed to a filter, a frame has those of everything beside its own; none where they are as before.
    const newest = filter ? raised : alerts;
    if (!newest) return [];
    const before = this.#known;
    this.#known = newest;
    if (before === null) return [];
    const ids = new Set(before.map(({ id }) => id));
    // The list ends somewhere: where one went away, an old one moves up that was only not listed.
    const since = before.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...before.map(committed));
    return newest.filter((alert) => !ids.has(alert.id) && committed(alert) >= since);
  }
}

const committed = ({ committedAt }: AlertItem): number => Date.parse(committedAt);
