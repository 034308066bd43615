import { describe, expect, it } from 'vitest';
import { retryDelay } from '../src/live/retry';
import { paced, type Timing } from '../src/ui/paced';

/** A browser whose time moves by hand: sixty animation frames a second, timers in order. */
class Bench implements Timing {
  #now = 0;
  #due: { at: number; run: () => void }[] = [];

  now = (): number => this.#now;
  onFrame = (run: () => void): void => void this.#due.push({ at: Math.floor(this.#now / 16 + 1) * 16, run });
  after = (milliseconds: number, run: () => void): void => void this.#due.push({ at: this.#now + milliseconds, run });

  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      this.#due.sort((a, b) => a.at - b.at);
      if (!this.#due[0] || this.#due[0].at > end) break;
      const { at, run } = this.#due.shift()!;
      this.#now = at;
      run();
    }
    this.#now = end;
  }
}

describe('pacing', () => {
  it('draws at most four times a second however many frames arrive', () => {
    const bench = new Bench();
    let drawn = 0;
    const request = paced(() => drawn++, 250, bench);
    for (let i = 0; i < 1_000; i++) {
      request();
      bench.pass(10);
    }
    expect(drawn).toBeGreaterThanOrEqual(36);
    expect(drawn).toBeLessThanOrEqual(41);
  });

  it('draws the last request, and nothing when nothing was asked', () => {
    const bench = new Bench();
    let drawn = 0;
    const request = paced(() => drawn++, 250, bench);
    request();
    bench.pass(20);
    request();
    bench.pass(1_000);
    expect(drawn).toBe(2);
  });
});

describe('the pause before the next attempt', () => {
  it('doubles up to ten seconds and stays there for ever', () => {
    const longest = [0, 1, 2, 3, 4, 5, 10_000].map((attempt) => retryDelay(attempt, () => 1));
    expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it('differs from page to page, and is never zero', () => {
    expect(retryDelay(3, () => 0)).toBe(2_000);
    expect(retryDelay(3, () => 0.5)).toBe(3_000);
  });
});
