/** A difference this large is no delay: somebody set the server's clock. */
const clockWasSet = 10_000;

/**
 * The server's time as the page knows it. Ages are measured against this clock and not the viewer's own, which on a wall
 * screen may be minutes off.
 */
export class ServerClock {
  readonly #monotonic: () => number;
  #offset: number | null = null;
  #told: number | null = null;
  #observedAt: number | null = null;

  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  observe(serverTime: number): void {
    this.#observedAt = this.#monotonic();
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

  /** Milliseconds since the server last told the time, null before it did. */
  silence(): number | null {
    return this.#observedAt === null ? null : this.#monotonic() - this.#observedAt;
  }
}
