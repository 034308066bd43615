import type { AmountPoint } from '../contract';

/** A point of the amounts chart, its time parsed once. */
export interface Point {
  readonly id: string;
  readonly at: number;
  readonly amount: number;
  readonly currency: string;
  readonly category: string;
  readonly alert: boolean;
  readonly merchant?: string;
  readonly customerId?: number;
}

export const span = 5 * 60_000;
const capacity = 3_000;

/**
 * The points of the last five minutes, bounded whatever the rate. Alerts are always kept. Of the others, a point stays
 * while the hash of its id lies under a bar that is lowered a little when there are too many and raised slowly when there is
 * room: so the sample is even over time (dropping the oldest would cut the chart short) and never jumps.
 */
export class PointRing {
  #points: Point[] = [];
  readonly #ids = new Set<string>();
  #share = 1;

  get points(): readonly Point[] {
    return this.#points;
  }

  /** Share of the received points that is kept, 1 unless there are too many. */
  get share(): number {
    return this.#share;
  }

  replace(points: readonly AmountPoint[], now: number): void {
    this.#points = [];
    this.#ids.clear();
    this.#share = 1;
    this.append(points, now);
  }

  append(points: readonly AmountPoint[], now: number): void {
    let sorted = true;
    for (const raw of points) {
      if (this.#ids.has(raw.id)) continue;
      if (!raw.alert && hash(raw.id) >= this.#share) continue;
      const point = { ...raw, at: Date.parse(raw.at) };
      if (!(point.at > now - span)) continue;
      sorted &&= this.#points.length === 0 || this.#points[this.#points.length - 1]!.at <= point.at;
      this.#points.push(point);
      this.#ids.add(point.id);
    }

    if (!sorted) this.#points.sort((a, b) => a.at - b.at);
    this.#forget(now - span);
    while (this.#points.length > capacity && this.#thin());
    if (this.#points.length < capacity * 0.6) this.#share = Math.min(1, this.#share * 1.002);
  }

  #forget(before: number): void {
    let expired = 0;
    while (expired < this.#points.length && this.#points[expired]!.at <= before) this.#ids.delete(this.#points[expired++]!.id);
    if (expired > 0) this.#points.splice(0, expired);
  }

  /** Lowers the share. False when nothing but alerts is left: then the oldest of those go. */
  #thin(): boolean {
    this.#share *= 0.9;
    const kept = this.#points.filter((point) => point.alert || hash(point.id) < this.#share);
    const onlyAlerts = kept.every((point) => point.alert);
    if (onlyAlerts && kept.length > capacity) kept.splice(0, kept.length - capacity);
    this.#points = kept;
    this.#ids.clear();
    for (const point of kept) this.#ids.add(point.id);
    return !onlyAlerts;
  }
}

/** FNV-1a with a final mix (ids that differ in their last digit only must still spread), as a fraction in [0, 1). */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
