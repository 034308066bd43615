import { type HubConnection, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import type { LiveFrame, LiveSnapshot, WindowKey } from '../contract';
import { describe } from './problem';
import { retryDelay } from './retry';

export type Link = 'connecting' | 'connected' | 'reconnecting';

export interface LiveHandlers {
  onLink(link: Link, problem: string | null): void;
  onSnapshot(snapshot: LiveSnapshot): void;
  onFrame(frame: LiveFrame): void;
}

/**
 * The connection to the hub, kept up for as long as the page is open: one loop serves the first connect and every
 * reconnect (SignalR's own reconnect gives up after half a minute, and does not cover the first attempt).
 */
export class LiveConnection {
  readonly #hub: HubConnection;
  readonly #handlers: LiveHandlers;
  #window: WindowKey;
  #link: Link = 'connecting';
  #wake: (() => void) | null = null;

  constructor(url: string, window: WindowKey, handlers: LiveHandlers) {
    this.#window = window;
    this.#handlers = handlers;
    this.#hub = new HubConnectionBuilder().withUrl(url).configureLogging(LogLevel.None).build();
    this.#hub.on('Snapshot', (snapshot: LiveSnapshot) => handlers.onSnapshot(snapshot));
    this.#hub.on('Frame', (frame: LiveFrame) => handlers.onFrame(frame));
    this.#hub.onclose((error) => {
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

      this.#tell('connected', null);
      await this.#subscribe();
      return;
    }
  }

  /** Asks for the numbers of another window; the server answers with a snapshot. */
  choose(window: WindowKey): void {
    this.#window = window;
    if (this.#link === 'connected') void this.#subscribe();
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#hub.invoke('Subscribe', this.#window);
    } catch (error) {
      // Without a subscription the page would wait for ever; closing leads to a fresh start, and closed it is already tried again.
      this.#tell(this.#link, describe(error));
      await this.#pause(retryDelay(2));
      await this.#hub.stop();
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
