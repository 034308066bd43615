// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveConnection, type LiveHandlers, type Wanted } from '../src/live/connection';
import { frame, snapshot } from './frames';

/** The hub as SignalR shows it to the page: what is invoked is answered by the test. */
class FakeHub {
  static last: FakeHub;
  readonly on = vi.fn((name: string, heard: (message: unknown) => void) => this.#heard.set(name, heard));
  readonly start = vi.fn(() => Promise.resolve());
  readonly invoke = vi.fn<(...args: unknown[]) => Promise<unknown>>(() => Promise.resolve());
  readonly stop = vi.fn(() => {
    this.close();
    return Promise.resolve();
  });
  readonly #heard = new Map<string, (message: unknown) => void>();
  #closed: (error?: Error) => void = () => {};

  constructor() {
    FakeHub.last = this;
  }
  onclose(closed: (error?: Error) => void): void {
    this.#closed = closed;
  }
  send(name: 'Snapshot' | 'Frame', message: unknown): void {
    this.#heard.get(name)!(message);
  }
  close(error?: Error): void {
    this.#closed(error);
  }
}

vi.mock('@microsoft/signalr', () => ({
  LogLevel: { None: 6 },
  HubConnectionBuilder: class {
    withUrl = () => this;
    configureLogging = () => this;
    build = () => new FakeHub();
  },
}));

const luxury = { categories: ['Luxury'], merchants: [], customers: [], atLeast: null, atMost: null, onlyAlerts: false };

describe('the connection', () => {
  let handlers: LiveHandlers & { links: string[] };
  beforeEach(() => {
    vi.useFakeTimers();
    const links: string[] = [];
    handlers = { links, onLink: (link) => links.push(link), onSnapshot: vi.fn(), onFrame: vi.fn(), onRefused: vi.fn() };
  });
  afterEach(() => vi.useRealTimers());

  async function open(wanted: Wanted = { window: '5m', filter: null }) {
    const connection = new LiveConnection('/hubs/live', wanted, handlers);
    void connection.run();
    await vi.advanceTimersByTimeAsync(0);
    return { connection, hub: FakeHub.last };
  }

  /** As the page asks once a second. */
  async function pass(connection: LiveConnection, seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      connection.check();
    }
  }

  it('is made anew after twelve seconds without a frame', async () => {
    const { connection, hub } = await open();
    hub.send('Snapshot', snapshot(1));
    await pass(connection, 8);
    hub.send('Frame', frame(2));
    await pass(connection, 11);
    expect(hub.stop).not.toHaveBeenCalled();
    await pass(connection, 1);
    expect(hub.stop).toHaveBeenCalledOnce();
    expect(hub.start).toHaveBeenCalledTimes(2);
  });

  it('waits for the first numbers after a restart, however long it was quiet before', async () => {
    const { connection, hub } = await open();
    hub.send('Snapshot', snapshot(1));
    hub.close(new Error('gone'));
    hub.start.mockRejectedValueOnce(new Error('away')).mockRejectedValueOnce(new Error('away'));
    await pass(connection, 20);
    expect(handlers.links.at(-1)).toBe('connected');
    // The server answers a few at a time, and this page is late in the row.
    await pass(connection, 25);
    expect(hub.stop).not.toHaveBeenCalled();
    hub.send('Snapshot', snapshot(1));
    await pass(connection, 13);
    expect(hub.stop).toHaveBeenCalledOnce();
  });

  it('that is lost while it is asked for numbers does not cost the next one', async () => {
    const { connection, hub } = await open();
    let lost!: (error: Error) => void;
    hub.invoke.mockReturnValueOnce(new Promise((_, reject) => (lost = reject)));
    connection.choose();
    const closed = new Error('Invocation canceled due to the underlying connection being closed.');
    for (let attempt = 0; attempt < 4; attempt++) hub.start.mockRejectedValueOnce(new Error('away'));
    lost(closed);
    hub.close(closed);
    await pass(connection, 10);
    expect(hub.start).toHaveBeenCalledTimes(6);
    expect(hub.stop).not.toHaveBeenCalled();
  });

  it('is made anew where what was asked for failed on it', async () => {
    const { connection, hub } = await open();
    hub.invoke.mockRejectedValueOnce(new Error('An unexpected error occurred invoking ‘Subscribe’ on the server.'));
    connection.choose();
    await pass(connection, 3);
    expect(hub.stop).toHaveBeenCalledOnce();
    expect(hub.start).toHaveBeenCalledTimes(2);
  });

  it('asks again a second later where it asked too often, and keeps the filter', async () => {
    const { connection, hub } = await open({ window: '5m', filter: luxury });
    const often = "An unexpected error occurred invoking 'SubscribeFiltered' on the server. HubException: You call more often than this server answers one page: wait a second.";
    hub.invoke.mockRejectedValueOnce(new Error(often));
    connection.choose();
    await vi.advanceTimersByTimeAsync(1_500);
    expect(handlers.onRefused).not.toHaveBeenCalled();
    expect(hub.stop).not.toHaveBeenCalled();
    expect(hub.invoke.mock.calls).toEqual(Array(3).fill(['SubscribeFiltered', '5m', luxury]));
  });

  it('tells what the server says of a filter it will not have', async () => {
    const { connection, hub } = await open({ window: '5m', filter: luxury });
    hub.invoke.mockRejectedValueOnce(new Error("An unexpected error occurred invoking 'SubscribeFiltered' on the server. HubException: Too many."));
    connection.choose();
    await vi.advanceTimersByTimeAsync(0);
    expect(handlers.onRefused).toHaveBeenCalledExactlyOnceWith('Too many.');
  });
});
