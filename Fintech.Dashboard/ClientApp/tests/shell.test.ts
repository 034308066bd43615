// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Severity } from '../src/contract';
import { Calls, type Means, words } from '../src/settings/calls';
import { defaults, parse, prefer, preferences, type Preferences } from '../src/settings/preferences';
import { lastAddress, pushAddress, replaceAddress } from '../src/shell/address';
import { OpenAlerts } from '../src/shell/open-alerts';
import { Tabs } from '../src/shell/tabs';
import type { Page } from '../src/shell/page';
import { Wall } from '../src/shell/wall';
import { Announcer } from '../src/ui/announcer';
import { type KeyActions, linesOf, startKeys } from '../src/ui/keys';
import { alert } from './frames';

describe('what is kept of preferences', () => {
  it('is taken one by one: what is garbage leaves its default', () => {
    expect(parse('{"theme":"dark","soundFrom":"loud","utc":1,"locale":"de-DE","unknown":true}')).toEqual({ ...defaults, theme: 'dark', locale: 'de-DE' });
    expect(parse('{"__proto__":{"keys":false},"constructor":1}')).toEqual(defaults);
  });

  it.each(['', 'null', '[]', '7', '"dark"', '{"theme":', '{"locale":"!!"}'])('is nothing where it reads %s', (text) => {
    expect(parse(text)).toEqual(defaults);
  });

  it('holds until the page is left where the browser keeps nothing', () => {
    const refused = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    expect(prefer({ theme: 'dark' })).toBe(false);
    expect(preferences().theme).toBe('dark');
    refused.mockRestore();
    expect(prefer({ theme: 'system' })).toBe(true);
  });
});

describe('keys', () => {
  it('are listed with their words, those that do the same in one line, and those without words not at all', () => {
    const run = () => {};
    const actions: KeyActions = { j: run, k: run, ' ': run, ArrowUp: { does: 'Up', run }, q: run };
    expect(linesOf(actions)).toEqual([
      { keys: ['j', 'k'], does: 'Next and previous' },
      { keys: ['space'], does: 'Pause, and resume' },
      { keys: ['↑'], does: 'Up' },
    ]);
  });

  it('work by name or as a bare function, not while text is typed, and not where they are switched off', () => {
    const [bare, named] = [vi.fn(), vi.fn()];
    startKeys(() => ({ j: bare, Escape: { does: 'Close', run: named } }));
    const input = document.body.appendChild(document.createElement('input'));
    const press = (key: string, target: EventTarget = document.body) => target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    press('j');
    press('Escape');
    press('j', input);
    expect([bare.mock.calls.length, named.mock.calls.length]).toEqual([1, 1]);
    prefer({ keys: false });
    press('j');
    press('Escape');
    expect([bare.mock.calls.length, named.mock.calls.length]).toEqual([1, 2]);
    prefer({ keys: true });
  });
});

describe('calls for attention', () => {
  function stage(chosen: Partial<Preferences>, watched = false) {
    const timers: (() => void)[] = [];
    const played: Severity[] = [];
    const told: string[] = [];
    const means: Means = {
      preferences: () => ({ ...defaults, ...chosen }),
      play: (severity) => played.push(severity),
      notify: (title, text) => told.push(`${title}. ${text}`),
      watched: () => watched,
      after: (_, run) => timers.push(run),
    };
    return { calls: new Calls(means), played, told, timers };
  }
  const of = (severity: Severity, id: string = severity) => alert(id, { severity });

  it('are not made until chosen', () => {
    const { calls, played, told } = stage({});
    calls.raise([of('critical')]);
    expect([played, told]).toEqual([[], []]);
  });

  it('are one for a burst, and one more for what came meanwhile', () => {
    const { calls, played, told, timers } = stage({ sound: true, notify: true, notifyFrom: 'high' });
    calls.raise([of('high')]);
    calls.raise([of('critical', 'a'), of('high', 'b')]);
    calls.raise([of('low')]);
    expect([played, told.length]).toEqual([['high'], 1]);
    timers.shift()!();
    expect([played, told[1]]).toEqual([['high', 'critical'], '2 new alerts. The most serious is critical.']);
    timers.shift()!();
    expect([played.length, timers.length]).toEqual([2, 0]);
  });

  it('are no notification to somebody who looks at the page', () => {
    const { calls, told, played } = stage({ sound: true, notify: true, notifyFrom: 'low' }, true);
    calls.raise([of('high')]);
    expect([told, played]).toEqual([[], ['high']]);
  });

  it('say of one alert what it is', () => {
    expect(words([of('critical')])).toEqual(['Critical alert: $4,500.00', expect.stringMatching(/, score \d+$/)]);
  });
});

describe('the number of open alerts', () => {
  afterEach(() => vi.useRealTimers());

  it('is asked for once in five seconds however much happens, ends at a limit, and stays when nobody answers', async () => {
    vi.useFakeTimers();
    const element = document.createElement('span');
    const ask = vi.fn().mockResolvedValueOnce({ open: 37, most: 1_000 }).mockResolvedValueOnce({ open: 1_000, most: 1_000 }).mockRejectedValueOnce(new Error('away')).mockResolvedValue({ open: 0, most: 1_000 });
    const count = new OpenAlerts(element, ask);
    await vi.advanceTimersByTimeAsync(10);
    expect([element.textContent, element.title]).toEqual(['37', '37 alerts are open']);
    for (let i = 0; i < 100; i++) count.wake();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([ask.mock.calls.length, element.textContent]).toEqual([2, '1,000+']);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([ask.mock.calls.length, element.textContent]).toEqual([3, '1,000+']);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(element.textContent).toBe('');
  });
});

describe('the pages', () => {
  const page = (): Page => ({ keys: {}, show: vi.fn(), hide: vi.fn() });

  beforeEach(() => {
    document.body.innerHTML = '<nav id="tabs"><a href="/">Live</a><a href="/history">History</a></nav><main id="live" tabindex="-1"></main><main id="history" tabindex="-1" hidden></main><i id="status"></i><i id="alarm"></i>';
    history.replaceState(null, '', '/');
  });
  afterEach(() => vi.restoreAllMocks());

  function tabsOf(live: Page, load: () => Promise<{ create: () => Page }>) {
    const root = (id: string) => document.getElementById(id)!;
    const tabs = new Tabs(
      [
        { path: '/', title: 'Live', root: root('live'), load: () => Promise.resolve({ create: () => live }) },
        { path: '/history', title: 'History', root: root('history'), load },
      ],
      { announcer: new Announcer(), user: () => null, go: () => {}, recount: () => {} },
      () => {},
    );
    tabs.start();
    return tabs;
  }

  // The first here: a click is followed by the first of all that listen to this document.
  it('are found as they were left, by key and by link, and their own link leads to their start', async () => {
    const [live, later] = [page(), page()];
    const tabs = tabsOf(live, () => Promise.resolve({ create: () => later }));
    await vi.waitFor(() => expect(live.show).toHaveBeenCalledOnce());
    replaceAddress('/?window=1h');
    pushAddress('/?window=1h&category=Travel');
    tabs.goTo(1);
    await vi.waitFor(() => expect(later.show).toHaveBeenCalledOnce());
    const [toLive, toHistory] = [...document.querySelectorAll('a')];
    expect([toLive!.getAttribute('href'), toHistory!.getAttribute('href')]).toEqual(['/?window=1h&category=Travel', '/history']);
    pushAddress('/history?category=Fuel');
    tabs.goTo(0);
    await vi.waitFor(() => expect(live.show).toHaveBeenCalledTimes(2));
    expect(location.pathname + location.search).toBe('/?window=1h&category=Travel');
    toHistory!.click();
    await vi.waitFor(() => expect(later.show).toHaveBeenCalledTimes(2));
    expect(location.pathname + location.search).toBe('/history?category=Fuel');
  });

  it('are left before the next one is loaded, and shown once it is', async () => {
    const [live, later] = [page(), page()];
    let loaded!: () => void;
    const tabs = tabsOf(live, () => new Promise((resolve) => (loaded = () => resolve({ create: () => later }))));
    await vi.waitFor(() => expect(live.show).toHaveBeenCalledOnce());
    tabs.goTo(1);
    expect([vi.mocked(live.hide).mock.calls.length, tabs.page, document.getElementById('history')!.hidden]).toEqual([1, null, false]);
    loaded();
    await vi.waitFor(() => expect(later.show).toHaveBeenCalledOnce());
    expect(document.activeElement!.id).toBe('history');
  });

  it('keep the view for a wall wherever one goes, and none of them remembers it', async () => {
    const [live, later] = [page(), page()];
    const tabs = tabsOf(live, () => Promise.resolve({ create: () => later }));
    await vi.waitFor(() => expect(live.show).toHaveBeenCalledOnce());
    const wall = new Wall(document.createElement('button'));
    wall.toggle();
    expect(location.search).toBe('?wall=');
    tabs.goTo(1);
    await vi.waitFor(() => expect(later.show).toHaveBeenCalledOnce());
    pushAddress('/history?category=Fuel');
    expect(location.search).toBe('?category=Fuel&wall=');
    wall.toggle();
    expect(location.search).toBe('?category=Fuel');
    expect(lastAddress('/')).toBe('/');
  });

  it('that cannot be loaded say so, and the others go on', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const live = page();
    const tabs = tabsOf(live, () => Promise.reject(new TypeError('Failed to fetch dynamically imported module')));
    await vi.waitFor(() => expect(live.show).toHaveBeenCalledOnce());
    tabs.goTo(1);
    await vi.waitFor(() => expect(document.querySelector('#history .cannot-load')!.textContent).toContain('History could not be loaded'));
    tabs.goTo(0);
    await vi.waitFor(() => expect(live.show).toHaveBeenCalledTimes(2));
  });
});
