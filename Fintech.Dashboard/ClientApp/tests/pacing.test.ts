import { describe, expect, it } from 'vitest';
import { retryDelay } from '../src/live/retry';
import { paced, takingTurns, type Timing } from '../src/ui/paced';

/** A browser whose time moves by hand: sixty animation frames a second, timers in order. */
class Bench implements Timing {
  #now = 0;
  #due: { at: number; run: () => void }[] = [];

  now = (): number => this.#now;
  onFrame = (run: () => void): void => void this.#due.push({ at: Math.floor(this.#now / 16 + 1) * 16, run });
  after = (milliseconds: number, run: () => void): void => void this.#due.push({ at: this.#now + milliseconds, run });

  /** A job that keeps the page busy. */
  work(milliseconds: number): void {
    this.#now += milliseconds;
  }

  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      this.#due.sort((a, b) => a.at - b.at);
      if (!this.#due[0] || this.#due[0].at > end) break;
      const { at, run } = this.#due.shift()!;
      this.#now = Math.max(this.#now, at);
      run();
    }
    this.#now = Math.max(this.#now, end);
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

  it('gives each drawing a frame of its own, in the order asked for', () => {
    const bench = new Bench();
    const onFrame = takingTurns(bench.onFrame);
    const drawn: string[] = [];
    const figures = paced(() => drawn.push(`figures ${bench.now()}`), 100, { ...bench, onFrame });
    const chart = paced(() => drawn.push(`chart ${bench.now()}`), 100, { ...bench, onFrame });
    const list = paced(() => drawn.push(`list ${bench.now()}`), 100, { ...bench, onFrame });
    for (const request of [figures, chart, list, figures]) request();
    bench.pass(99);
    expect(drawn).toEqual(['figures 16', 'chart 32', 'list 48']);
    list();
    figures();
    bench.pass(100);
    expect(drawn.slice(3)).toEqual(['figures 128', 'list 160']);
  });

  it('comes less often while a drawing is slow, and as often as before once it is fast again', () => {
    const bench = new Bench();
    const drawn: number[] = [];
    let slow = true;
    const request = paced(() => {
      drawn.push(bench.now());
      if (slow) bench.work(60);
    }, 250, bench);
    const ask = (times: number): void => {
      for (let i = 0; i < times; i++) {
        request();
        bench.pass(10);
      }
    };
    ask(300);
    const gaps = drawn.slice(1).map((at, index) => at - drawn[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(600);
    slow = false;
    ask(100);
    expect(drawn.at(-1)! - drawn.at(-2)!).toBeLessThan(280);
  });

  it('waits two seconds at most after a hitch', () => {
    const bench = new Bench();
    const drawn: number[] = [];
    const request = paced(() => {
      drawn.push(bench.now());
      if (drawn.length === 1) bench.work(5_000);
    }, 250, bench);
    request();
    bench.pass(16);
    request();
    bench.pass(1_900);
    expect(drawn.length).toBe(1);
    bench.pass(200);
    expect(drawn.length).toBe(2);
  });

  it('goes on with the others when a drawing fails', () => {
    const bench = new Bench();
    const onFrame = takingTurns(bench.onFrame);
    let drawn = 0;
    onFrame(() => {
      throw new Error('cannot be drawn');
    });
    onFrame(() => drawn++);
    expect(() => bench.pass(16)).toThrow('cannot be drawn');
    bench.pass(16);
    expect(drawn).toBe(1);
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
