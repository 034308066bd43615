/** A difference this large is no delay: somebody set the server's clock. */
const clockWasSet = 10_000;

/**
 * The server's time as the page knows it. Ages are measured against this clock and not the viewer's own, which on a wall
 * screen may be minutes off.
 */
export class ServerClock {
  readonly #monotonic: () => number;
  readonly #wall: () => number;
  #offset: number | null = null;
  #told: number | null = null;
  #observedAt: number | null = null;
  #observedWall = 0;

  constructor(monotonic: () => number = () => performance.now(), wall: () => number = () => Date.now()) {
    this.#monotonic = monotonic;
    this.#wall = wall;
  }

  observe(serverTime: number): void {
    this.#observedAt = this.#monotonic();
    this.#observedWall = this.#wall();
    // Frames that name one moment again and again come from a server that cannot read its warehouse: time goes on all the same.
    if (serverTime === this.#told) return;
    this.#told = serverTime;

    const offset = serverTime - this.#observedAt;
    const behind = this.#offset === null ? 0 : this.#offset - offset;
    // A frame that was held up says an hour too early, so the fastest one is believed; what remains is drift, followed slowly.
    if (this.#offset === null || behind < 0 || behind > clockWasSet) this.#offset = offset;
    else this.#offset -= behind * 0.02;
  }

  now(): number {
    return this.#offset === null ? Date.now() : this.#offset + this.#monotonic();
  }

  /**
   * Milliseconds since the server last told the time, null before it did. The viewer's clock counts as well, though not what it
   * shows: while a laptop sleeps, the monotonic one may stand still, and the page must not wake up claiming to be live.
   */
  silence(): number | null {
    if (this.#observedAt === null) return null;
    return Math.max(this.#monotonic() - this.#observedAt, this.#wall() - this.#observedWall);
  }
}
