import { describe, expect, it } from 'vitest';
import { ServerClock } from '../src/live/clock';
import { Newcomers } from '../src/live/newcomers';
import { LiveState } from '../src/live/state';
import { alert, frame, snapshot, start, transaction } from './frames';

const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => transaction(`t-${to - i}`));

function stateAt(): { state: LiveState; pass: (milliseconds: number) => void } {
  let monotonic = 1_000;
  const state = new LiveState('5m', new ServerClock(() => monotonic));
  return { state, pass: (milliseconds) => (monotonic += milliseconds) };
}

describe('the state of the page', () => {
  it('shows nothing before the snapshot, frames or not', () => {
    const { state } = stateAt();
    expect(state.applyFrame(frame(1))).toBe(false);
    expect(state.view).toBeNull();
  });

  it('replaces figures by those of the newest frame and drops one that comes late', () => {
    const { state } = stateAt();
    state.applySnapshot(snapshot(5));
    expect(state.applyFrame(frame(7))).toBe(true);
    expect(state.applyFrame(frame(6))).toBe(false);
    expect(state.view!.frame.sequence).toBe(7);
  });

  it('takes the lower numbers of a server that has restarted, because they come with a snapshot', () => {
    const { state } = stateAt();
    state.applySnapshot(snapshot(5_000));
    state.applySnapshot(snapshot(1));
    expect(state.applyFrame(frame(2))).toBe(true);
  });

  it('ignores frames of the window that was shown before', () => {
    const { state } = stateAt();
    state.applySnapshot(snapshot(1));
    state.window = '1h';
    expect(state.applyFrame(frame(2))).toBe(false);
    expect(state.applyFrame(frame(2, { window: '1h' }))).toBe(false);
    state.applySnapshot(snapshot(3, { window: '1h' }));
    expect(state.view!.frame.window).toBe('1h');
  });

  it('stands still while paused, counts what passes, and catches up', () => {
    const { state } = stateAt();
    state.applySnapshot(snapshot(1, { latest: ids(1, 3), alerts: [alert('a-1')] }));
    state.hold();
    state.applyFrame(frame(2, { latest: ids(1, 5), alerts: [alert('a-2'), alert('a-1')] }));
    state.applyFrame(frame(3, { latest: ids(2, 6), alerts: [alert('a-2'), alert('a-1')] }));

    expect(state.view!.frame.sequence).toBe(1);
    expect(state.newest!.sequence).toBe(3);
    expect(state.pause!.missed).toEqual({ transactions: 3, alerts: 1, exact: true });

    state.resume();
    expect(state.pause).toBeNull();
    expect(state.view!.frame.sequence).toBe(3);
  });

  it('says that a count is not exact once more passed than the lists can show', () => {
    const { state } = stateAt();
    state.applySnapshot(snapshot(0, { latest: ids(1, 20) }));
    state.hold();
    const kpis = { ...frame(0).kpis, ratePerSecond: 1_000 };
    state.applyFrame(frame(4, { latest: ids(981, 1_000), kpis }));
    expect(state.pause!.missed).toEqual({ transactions: 1_000, alerts: 0, exact: false });
  });

  it('stays paused over a reconnect, and shows another window when one is picked', () => {
    const { state } = stateAt();
    state.applySnapshot(snapshot(1));
    state.hold();
    state.applySnapshot(snapshot(9));
    expect(state.view!.frame.sequence).toBe(1);
    state.window = 'all';
    state.applySnapshot(snapshot(10, { window: 'all' }));
    expect(state.view!.frame.window).toBe('all');
    expect(state.pause).not.toBeNull();
  });

  it('lets the charts stand still soon after the last frame', () => {
    const { state, pass } = stateAt();
    state.applySnapshot(snapshot(0));
    pass(1_000);
    expect(state.view!.now).toBe(start + 1_000);
    pass(60_000);
    expect(state.view!.now).toBe(start + 1_500);
  });

  it('knows when an alert came in, where it came in live', () => {
    const { state } = stateAt();
    state.applySnapshot(snapshot(1, { alerts: [alert('before')] }));
    state.applyFrame(frame(2, { alerts: [alert('live'), alert('before')] }));
    expect(state.arrivalOf('live')).toBe(start + 500);
    expect(state.arrivalOf('before')).toBeNull();
  });
});

describe('alerts that are new', () => {
  const at = (id: string, seconds: number) => alert(id, { committedAt: new Date(start + seconds * 1_000).toISOString() });
  const luxury = { categories: ['Luxury'], merchants: [], customers: [], atLeast: null, atMost: null, onlyAlerts: false };
  const ids = (alerts: readonly { id: string }[]) => alerts.map(({ id }) => id);

  it('are those that came after the page was opened, once each', () => {
    const newcomers = new Newcomers();
    expect(newcomers.observe(frame(1, { alerts: [at('a', 1)] }))).toEqual([]);
    expect(ids(newcomers.observe(frame(2, { alerts: [at('b', 2), at('a', 1)] })))).toEqual(['b']);
    expect(newcomers.observe(frame(3, { alerts: [at('b', 2), at('a', 1)] }))).toEqual([]);
  });

  it('are also those of the time without a connection, and the first of all', () => {
    const newcomers = new Newcomers();
    newcomers.observe(snapshot(900).frame);
    expect(ids(newcomers.observe(snapshot(1, { alerts: [at('c', 3), at('b', 2)] }).frame))).toEqual(['c', 'b']);
  });

  it('are of everything, whatever the figures are narrowed to', () => {
    const newcomers = new Newcomers();
    newcomers.observe(frame(1, { alerts: [at('a', 1)] }));
    expect(newcomers.observe(frame(2, { filter: luxury, alerts: [], raised: [at('a', 1)] }))).toEqual([]);
    expect(ids(newcomers.observe(frame(3, { filter: luxury, alerts: [], raised: [at('b', 2), at('a', 1)] })))).toEqual(['b']);
    expect(newcomers.observe(frame(4, { filter: luxury, alerts: [at('x', 0)], raised: null }))).toEqual([]);
    expect(newcomers.observe(frame(5, { alerts: [at('b', 2), at('a', 1)] }))).toEqual([]);
  });

  it('are not the old ones that move up where another is erased', () => {
    const newcomers = new Newcomers();
    newcomers.observe(frame(1, { alerts: [at('c', 3), at('b', 2)] }));
    expect(newcomers.observe(frame(2, { alerts: [at('c', 3), at('a', 1)] }))).toEqual([]);
  });
});

describe('the clock of the server', () => {
  it('goes on while frames repeat the moment of numbers that cannot be read anew', () => {
    let monotonic = 0;
    const clock = new ServerClock(() => monotonic, () => monotonic);
    for (; monotonic <= 60_000; monotonic += 250) clock.observe(start);
    expect(clock.now()).toBe(start + 60_250);
    expect(clock.silence()).toBe(250);
  });

  it('believes the frame that was fastest', () => {
    let monotonic = 0;
    const clock = new ServerClock(() => monotonic, () => monotonic);
    clock.observe(start);
    monotonic = 1_000;
    clock.observe(start + 700);
    expect(clock.now()).toBeGreaterThan(start + 990);
    expect(clock.silence()).toBe(0);
  });

  it('follows a clock that was set back', () => {
    let monotonic = 0;
    const clock = new ServerClock(() => monotonic, () => monotonic);
    clock.observe(start);
    monotonic = 1_000;
    clock.observe(start - 3_600_000);
    expect(clock.now()).toBe(start - 3_600_000);
  });
});
