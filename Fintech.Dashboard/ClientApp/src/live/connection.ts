import { type HubConnection, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import type { FilterRequest, LiveFrame, LiveSnapshot, WindowKey } from '../contract';
import { describe, isTooOften, refusalOf } from './problem';
import { retryDelay } from './retry';

export type Link = 'connecting' | 'connected' | 'reconnecting';

export interface LiveHandlers {
  onLink(link: Link, problem: string | null): void;
  onSnapshot(snapshot: LiveSnapshot): void;
  onFrame(frame: LiveFrame): void;
  /** The server will not count for the filter, and says why; what is asked for is everything then. */
  onRefused(sentence: string): void;
}

/** What is asked for, whenever it is asked: also after a reconnect. */
export interface Wanted {
  readonly window: WindowKey;
  readonly filter: FilterRequest | null;
}

/** Frames come at least every second. Without any for this long the connection is given up and made anew, open or not. */
const givenUpAfter = 12_000;

/**
 * The first numbers of a connection may take longer: after a restart all pages ask at once and are answered a few at a time. Who gave up
 * and asked again would be the last in the row, for ever. A server that hangs is noticed by SignalR itself, within half a minute.
 */
const firstGivenUpAfter = 60_000;

const askAgainAfter = 1_000;

/** When something happened, by both clocks: while a laptop sleeps the monotonic one may stand still. */
interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}
const now = (): Moment => ({ monotonic: performance.now(), wall: Date.now() });

/**
 * The connection to the hub, kept up for as long as the page is open: one loop serves the first connect and every
 * reconnect (SignalR's own reconnect gives up after half a minute, and does not cover the first attempt).
 */
export class LiveConnection {
  readonly #hub: HubConnection;
  readonly #handlers: LiveHandlers;
  readonly #wanted: Wanted;
  #link: Link = 'connecting';
  #wake: (() => void) | null = null;
  #givingUp = false;
  /** Of this connection: when it was made, or brought something. */
  #heard: Moment = now();
  #answered = false;
  /** Counts what was asked for, and connections that ended: what a former one was answered is no news. */
  #round = 0;

  constructor(url: string, wanted: Wanted, handlers: LiveHandlers) {
    this.#wanted = wanted;
    this.#handlers = handlers;
    this.#hub = new HubConnectionBuilder().withUrl(url).configureLogging(LogLevel.None).build();
    this.#hub.on('Snapshot', (snapshot: LiveSnapshot) => {
      this.#hear();
      handlers.onSnapshot(snapshot);
    });
    this.#hub.on('Frame', (frame: LiveFrame) => {
      this.#hear();
      handlers.onFrame(frame);
    });
    this.#hub.onclose((error) => {
      this.#round++;
      this.#tell('reconnecting', describe(error));
      void this.run();
    });
    // The network is back, or somebody looks again: no reason to sit out the rest of a pause.
    addEventListener('online', () => this.#wake?.());
    document.addEventListener('visibilitychange', () => document.hidden || this.#wake?.());
  }

  /** Connects, and tries again until it succeeds. */
  async run(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#hub.start();
      } catch (error) {
        this.#tell(this.#link, describe(error));
        await this.#pause(retryDelay(attempt));
        continue;
      }

      [this.#heard, this.#answered] = [now(), false];
      this.#tell('connected', null);
      await this.#subscribe();
      return;
    }
  }

  /** Asks for what is wanted now; the server answers with a snapshot. */
  choose(): void {
    if (this.#link === 'connected') void this.#subscribe();
  }

  /** A connection that brings nothing is none: a sleeping laptop, a network that swallows packets, a server that hangs. */
  check(): void {
    if (this.#link !== 'connected' || this.#givingUp || this.#silence() < (this.#answered ? givenUpAfter : firstGivenUpAfter)) return;
    this.#givingUp = true;
    void this.#hub.stop().finally(() => (this.#givingUp = false));
  }

  #hear(): void {
    [this.#heard, this.#answered] = [now(), true];
  }

  #silence(): number {
    const { monotonic, wall } = now();
    return Math.max(monotonic - this.#heard.monotonic, wall - this.#heard.wall);
  }

  async #subscribe(): Promise<void> {
    const round = ++this.#round;
    const { window, filter } = this.#wanted;
    try {
      if (filter === null) await this.#hub.invoke('Subscribe', window);
      else await this.#hub.invoke('SubscribeFiltered', window, filter);
    } catch (error) {
      // Something else was asked for since, or the connection is gone and the next one on its way.
      if (round !== this.#round) return;
      if (isTooOften(error)) {
        await this.#pause(askAgainAfter);
        if (round === this.#round) await this.#subscribe();
        return;
      }
      const refusal = filter === null ? null : refusalOf(error);
      if (refusal !== null) {
        this.#handlers.onRefused(refusal);
        return;
      }
      // Without a subscription the page would wait for ever; closing leads to a fresh start.
      this.#tell(this.#link, describe(error));
      await this.#pause(retryDelay(2));
      if (round === this.#round) await this.#hub.stop();
    }
  }

  #tell(link: Link, problem: string | null): void {
    this.#link = link;
    this.#handlers.onLink(link, problem);
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, milliseconds);
      this.#wake = done;
      const self = this;
      function done(): void {
        clearTimeout(timer);
        self.#wake = null;
        resolve();
      }
    });
  }
}
