import type { LiveFrame, LiveSnapshot, WindowKey } from '../contract';
import { ServerClock } from './clock';
import type { Link } from './connection';
import { type Missed, MissedCounter } from './pause';
import { type Point, PointRing } from './points';
import { RateSeries, type Sample } from './rate';

/** What the views draw: either the present or the moment at which the page was paused. */
export interface View {
  readonly frame: LiveFrame;
  readonly points: readonly Point[];
  readonly rate: readonly Sample[];
  /** Server time at the right edge of the charts. */
  readonly now: number;
}

export interface Pause {
  readonly since: number;
  readonly missed: Missed;
}

/** How far the charts run on without a frame before they stand still: numbers of a lost connection stay where they are. */
const runOn = 1_500;

/** All that the page knows. Nothing here touches the document. */
export class LiveState {
  readonly clock: ServerClock;
  readonly #points = new PointRing();
  readonly #rate = new RateSeries();
  readonly #arrived = new Map<string, number>();
  #frame: LiveFrame | null = null;
  #frozen: View | null = null;
  #counter: MissedCounter | null = null;
  #pausedAt = 0;

  window: WindowKey;
  link: Link = 'connecting';
  problem: string | null = null;

  constructor(window: WindowKey, clock: ServerClock = new ServerClock()) {
    this.window = window;
    this.clock = clock;
  }

  /** The newest frame, also while paused: the badge goes by it. */
  get newest(): LiveFrame | null {
    return this.#frame;
  }

  get pause(): Pause | null {
    return this.#counter ? { since: this.#pausedAt, missed: this.#counter.missed } : null;
  }

  get view(): View | null {
    return this.#frozen ?? this.#present();
  }

  /** Server time at which an alert came in on this page, where it came in live. */
  arrivalOf(alertId: string): number | null {
    return this.#arrived.get(alertId) ?? null;
  }

  applySnapshot({ frame, points, rate }: LiveSnapshot): void {
    this.clock.observe(Date.parse(frame.at));
    if (frame.window !== this.window) return;

    this.#frame = frame;
    this.#points.replace([...points, ...frame.points], this.clock.now());
    this.#rate.replace(rate);
    if (!this.#frozen) return;
    // Another window picked during a pause is shown as of now, and held again from here.
    if (this.#frozen.frame.window === frame.window) this.#counter?.observe(frame);
    else this.hold();
  }

  /** True when the frame was taken; one of another window, or older than what is shown, only proves that the server is there. */
  applyFrame(frame: LiveFrame): boolean {
    const at = Date.parse(frame.at);
    this.clock.observe(at);
    if (!this.#frame || frame.window !== this.window || this.#frame.window !== this.window || frame.sequence <= this.#frame.sequence)
      return false;

    this.#noteArrivals(frame);
    this.#frame = frame;
    this.#points.append(frame.points, at);
    this.#rate.append(at, frame.kpis.ratePerSecond);
    this.#counter?.observe(frame);
    return true;
  }

  /** Freezes the view at the present. Without a frame there is nothing to hold. */
  hold(): void {
    const present = this.#present();
    if (!present) return;
    this.#frozen = { ...present, points: [...present.points], rate: [...present.rate] };
    this.#counter = new MissedCounter(present.frame);
    this.#pausedAt = this.clock.now();
  }

  resume(): void {
    this.#frozen = null;
    this.#counter = null;
  }

  #present(): View | null {
    if (!this.#frame) return null;
    const at = Date.parse(this.#frame.at);
    return {
      frame: this.#frame,
      points: this.#points.points,
      rate: this.#rate.samples,
      now: Math.min(this.clock.now(), at + runOn),
    };
  }

  #noteArrivals(frame: LiveFrame): void {
    const known = new Set(this.#frame!.alerts.map((alert) => alert.id));
    const listed = new Set(frame.alerts.map((alert) => alert.id));
    for (const id of this.#arrived.keys()) if (!listed.has(id)) this.#arrived.delete(id);
    for (const id of listed) if (!known.has(id) && !this.#arrived.has(id)) this.#arrived.set(id, this.clock.now());
  }
}
