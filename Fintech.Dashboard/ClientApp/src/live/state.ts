import type { FilterRequest, LiveFrame, LiveSnapshot, WindowKey } from '../contract';
import { keyOf } from '../filters/model';
import { narrowed } from '../filters/narrow';
import { ServerClock } from './clock';
import type { Link } from './connection';
import { type Missed, MissedCounter } from './pause';
import { PointRing } from './points';
import { RateSeries } from './rate';
import type { View } from './view';

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
  /** What the server is asked for. */
  filter: FilterRequest | null = null;
  /** What is shown. Another than what is asked for while paused, and where the server would not have it. */
  shown: FilterRequest | null = null;
  /** Why the server would not count for the filter. */
  refusal: string | null = null;
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
    const view = this.#frozen ?? this.#present();
    return view && narrowed(view, this.shown, this.#frozen !== null, this.refusal);
  }

  /** Narrows what is shown, at once. True where the server is to be asked; while paused only what is held is looked through. */
  narrow(filter: FilterRequest | null): boolean {
    this.shown = filter;
    this.refusal = null;
    if (this.#frozen || keyOf(filter) === keyOf(this.filter)) return false;
    this.filter = filter;
    return true;
  }

  /** Server time at which an alert came in on this page, where it came in live. */
  arrivalOf(alertId: string): number | null {
    return this.#arrived.get(alertId) ?? null;
  }

  applySnapshot({ frame, points, rate }: LiveSnapshot): void {
    this.clock.observe(Date.parse(frame.at));
    if (!this.#wants(frame)) return;

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
    if (!this.#frame || !this.#wants(frame) || !this.#wants(this.#frame) || frame.sequence <= this.#frame.sequence) return false;

    this.#noteArrivals(frame);
    // What did not change is not sent again.
    this.#frame = { ...frame, trend: frame.trend ?? this.#frame.trend ?? null };
    this.#points.append(frame.points, at);
    if (!frame.scope?.unknown.includes('rate')) this.#rate.append(at, frame.kpis.ratePerSecond);
    this.#counter?.observe(frame);
    return true;
  }

  /** Freezes the view at the present. Without a frame there is nothing to hold. */
  hold(): void {
    const present = this.#present();
    if (!present) return;
    // As it is asked for, wider maybe than what is shown: another filter can look through it then.
    this.#frozen = { ...present, points: [...present.points], rate: [...present.rate] };
    this.#counter = new MissedCounter(present.frame);
    this.#pausedAt = this.clock.now();
  }

  /** The server would not have the filter: everything is asked for, and looked through here. */
  refuse(sentence: string): void {
    this.filter = null;
    this.refusal = sentence;
  }

  /** True where the server is to be asked for the filter that was chosen meanwhile. */
  resume(): boolean {
    this.#frozen = null;
    this.#counter = null;
    return this.narrow(this.shown);
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

  #wants(frame: LiveFrame): boolean {
    return frame.window === this.window && keyOf(frame.filter ?? null) === keyOf(this.filter);
  }

  #noteArrivals(frame: LiveFrame): void {
    const known = new Set(this.#frame!.alerts.map((alert) => alert.id));
    const listed = new Set(frame.alerts.map((alert) => alert.id));
    for (const id of this.#arrived.keys()) if (!listed.has(id)) this.#arrived.delete(id);
    for (const id of listed) if (!known.has(id) && !this.#arrived.has(id)) this.#arrived.set(id, this.clock.now());
  }
}
