// @vitest-environment happy-dom
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AlertDetail } from '../src/alerts/detail';
import { type AlertRow, type Dossier, holder } from '../src/alerts/triage-api';
import type { Page } from '../src/shell/page';
import { create } from '../src/triage/page';
import { Announcer } from '../src/ui/announcer';
import { alert, start } from './frames';

const html = readFileSync(`${import.meta.dirname}/../index.html`, 'utf8').replace(/<script[^]*?<\/script>/g, '');
const row = (id: string, changes: Partial<AlertRow> = {}): AlertRow => ({ ...alert(id), source: 'stream', status: 'open', dispositionId: null, actor: null, changedAt: null, claim: null, ...changes });
const dossierOf = (one: AlertRow): Dossier => ({
  alert: one,
  stages: { occurredAt: one.occurredAt, receivedAt: one.occurredAt, scoredAt: one.occurredAt, committedAt: one.committedAt, shownAt: null },
  dispositions: [], deliveries: [], snoozes: [], traceUrl: null, at: new Date(start).toISOString(),
});
const away = () => Response.json({ detail: 'The warehouse cannot be read at the moment.' }, { status: 503 });

/** A server with these alerts, which takes down what is written. */
class FakeServer {
  rows: AlertRow[] = ['a', 'b', 'c'].map((id) => row(id));
  readonly written: { path: string; body: Record<string, unknown> }[] = [];
  readonly asked: string[] = [];
  /** Answers the next requests to a path, before the usual answer is given again. */
  readonly instead = new Map<string, (() => Response | Promise<Response>)[]>();
  snoozes: unknown[] = [];

  readonly fetch = (address: string, request: RequestInit = {}): Promise<Response> => {
    const { pathname, searchParams } = new URL(address, 'http://x');
    const path = pathname.replace(/^\/api\/(alerts\/?)?/, '');
    this.asked.push(path);
    const answer = this.instead.get(path)?.shift();
    if (answer) return Promise.resolve(answer());
    if (request.method === 'POST') this.written.push({ path, body: JSON.parse(String(request.body)) as Record<string, unknown> });
    return Promise.resolve(this.#answer(path, searchParams));
  };

  #answer(path: string, query: URLSearchParams): Response {
    switch (path) {
      case 'me': return Response.json({ name: 'ada', role: 'analyst', mode: 'Open' });
      case 'csrf': return Response.json({ token: 'abc' });
      case 'rules': return Response.json(['high-value']);
      case 'snoozes': return Response.json(this.snoozes);
      case '': return Response.json({ alerts: this.rows, after: null, asOf: new Date(start).toISOString() });
      case 'changes': return Response.json({ at: '', counts: { open: this.rows.length, acknowledged: 0, confirmed_fraud: 0, false_positive: 0 }, added: 0, newest: 0, decisions: [], claims: [] });
      case 'detail': return Response.json(dossierOf(this.rows.find(({ id }) => id === query.get('id'))!));
      case 'history': return Response.json({ from: '', to: '', transactions: [], complete: true, hour: { purchases: 0, amount: 0, currency: 'USD' }, day: { purchases: 0, amount: 0, currency: 'USD' } });
      case 'decisions': return Response.json({ done: [], refused: [], summary: 'Marked.' });
      case 'take': return Response.json(dossierOf({ ...this.rows[0]!, claim: { actor: 'ada', holder, since: '', expiresAt: '' } }));
      default: return new Response(null, { status: 204 });
    }
  }

  of(path: string) {
    return this.written.filter((one) => one.path === path).map(({ body }) => body);
  }
}

let server: FakeServer;
beforeEach(() => {
  document.documentElement.innerHTML = html.replace(/^[^]*?<html[^>]*>|<\/html>[^]*$/g, '');
  server = new FakeServer();
  vi.stubGlobal('fetch', server.fetch);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
const settled = () => vi.waitFor(() => expect(document.querySelector('#triage-detail .decide button, #alert-detail .decide button')).not.toBeNull());
const said = () => document.querySelector('[data-testid="said"]')!.textContent;

describe('an alert that was closed', () => {
  it('is not decided by a key any more', async () => {
    const detail = new AlertDetail({ onClose: () => {} });
    detail.show(row('a'), null);
    await settled();
    detail.close();
    detail.decide('confirmed_fraud');
    detail.undo();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.written).toEqual([]);
  });

  it('is asked for again while it is open and the warehouse is away', async () => {
    vi.useFakeTimers();
    server.instead.set('detail', [away, away]);
    const detail = new AlertDetail({ onClose: () => {} });
    detail.show(row('a'), null);
    await vi.advanceTimersByTimeAsync(3_500);
    expect(document.querySelector('.detail-history')!.textContent).toContain('could not be read: The warehouse cannot be read');
    await vi.advanceTimersByTimeAsync(3_500);
    expect(detail.alert!.id).toBe('a');
    expect(document.querySelector('.detail-history')!.textContent).not.toContain('could not be read');
  });
});

describe('a decision', () => {
  it('is sent again while the warehouse is away, and says so', async () => {
    const detail = new AlertDetail({ onClose: () => {} });
    detail.show(row('a'), null);
    await settled();
    vi.useFakeTimers();
    server.instead.set('decisions', [away, () => Promise.reject(new TypeError('gone'))]);
    detail.decide('confirmed_fraud');
    await vi.advanceTimersByTimeAsync(0);
    expect(document.querySelector('.decide-said')!.textContent).toBe('The warehouse cannot be read at the moment. Trying again.');
    detail.decide('false_positive'); // One at a time.
    await vi.advanceTimersByTimeAsync(5_000);
    expect(server.of('decisions')).toEqual([{ alerts: [{ id: 'a', source: 'stream', after: null }], status: 'confirmed_fraud', comment: null }]);
    expect(document.querySelector('.decide-said')!.textContent).toBe('');
  });

  it('lets go on who types a comment, whatever is read anew meanwhile', async () => {
    const detail = new AlertDetail({ onClose: () => {} });
    detail.show(row('a'), null);
    await settled();
    const comment = document.querySelector<HTMLInputElement>('.decide input')!;
    comment.focus();
    comment.value = 'calle';
    server.rows[0] = row('a', { claim: { actor: 'Maria', holder: 'h', since: new Date(start).toISOString(), expiresAt: '' } });
    await detail.refresh();
    expect(document.querySelector('.decide-claim')).not.toBeNull();
    expect([document.activeElement, comment.value]).toEqual([comment, 'calle']);
  });
});

describe('the page of alerts', () => {
  let page: Page;
  const press = (key: string) => (page.keys[key] as () => void)();
  const rows = () => vi.waitFor(() => expect(document.querySelectorAll('[data-testid="triage-row"]').length).toBe(server.rows.length));

  beforeEach(() => {
    history.replaceState(null, '', '/alerts?customer=42');
    page = create(document.querySelector<HTMLElement>('#triage')!, { announcer: new Announcer(), user: () => null, go: () => {}, recount: () => {} });
  });
  afterEach(() => page.hide());

  it('leaves the address to the page one goes to, also when it is answered late', async () => {
    page.show();
    await rows();
    press('j');
    press('Enter');
    await settled();
    await vi.waitFor(() => expect(location.search).toContain('id=a'));
    let late!: (answer: Response) => void;
    server.instead.set('decisions', [() => new Promise((resolve) => (late = resolve))]);
    press('x');
    press('f');
    await vi.waitFor(() => expect(late).toBeDefined());
    history.pushState(null, '', '/history');
    page.hide();
    expect(location.pathname).toBe('/history');
    late(Response.json({ done: [], refused: [], summary: 'Marked.' }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(location.pathname + location.search).toBe('/history');
  });

  it('leaves alone what is being typed into the filter', async () => {
    page.show();
    await rows();
    const customer = document.querySelector<HTMLInputElement>('[aria-label="Customer"]')!;
    const least = document.querySelector<HTMLInputElement>('[aria-label="Amount from"]')!;
    expect(customer.value).toBe('42');
    vi.useFakeTimers();
    customer.focus();
    [customer.value, least.value] = ['421', 'left over'];
    page.show();
    await vi.advanceTimersByTimeAsync(4_000);
    expect([customer.value, least.value]).toEqual(['421', '']);
  });

  it('gives back an alert that it gets after it was left', async () => {
    page.show();
    await rows();
    let late!: (answer: Response) => void;
    server.instead.set('take', [() => new Promise((resolve) => (late = resolve))]);
    press('n');
    press('n');
    await vi.waitFor(() => expect(late).toBeDefined());
    page.hide();
    late(Response.json(dossierOf(server.rows[1]!)));
    await vi.waitFor(() => expect(server.of('release')).toEqual([{ holder, id: 'b', source: 'stream' }]));
    expect(document.querySelector<HTMLElement>('#triage-detail')!.hidden).toBe(true);
    expect(server.asked.filter((path) => path === 'take')).toHaveLength(1);
    // And it was not passed over: nobody saw it.
    page.show();
    await rows();
    press('n');
    await vi.waitFor(() => expect(server.of('take')).toEqual([{ holder, passed: [] }]));
  });

  it('goes on asking after an answer that broke off, and reads what it missed', async () => {
    vi.useFakeTimers();
    const broken = () => new Response('{"alerts":[', { headers: { 'content-type': 'application/json' } });
    server.instead.set('', [away]);
    server.instead.set('changes', [broken]);
    page.show();
    await vi.advanceTimersByTimeAsync(100);
    expect(document.querySelector('#triage .empty')!.textContent).toContain('The alerts cannot be read');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(document.querySelectorAll('[data-testid="triage-row"]')).toHaveLength(3);
    expect(said()).toBe('');
  });

  it('offers to end a snooze on the first visit, and lists it anew when it has ended', async () => {
    server.snoozes = [{ snoozeId: 1, customerId: 42, rule: null, until: new Date(start).toISOString(), reason: 'travels', createdAt: '', createdBy: 'ada' }];
    server.instead.set('snoozes/requests/7', [() => Response.json({ commandId: 7, startedAt: '', outcome: 'succeeded', message: 'It is ended.' })]);
    page.show();
    const end = await vi.waitFor(() => {
      const button = document.querySelector<HTMLButtonElement>('.triage-snoozes li button');
      expect(button).not.toBeNull();
      return button!;
    });
    server.instead.set('snoozes', [() => Response.json({ commandId: 7 }, { status: 202 })]);
    server.snoozes = [];
    end.click();
    await vi.waitFor(() => expect(document.querySelector('.triage-snoozes')!.textContent).toBe('0 snoozes in forceIt is ended.'));
  });

  it('keeps selected what is more than is decided at once', async () => {
    server.rows = Array.from({ length: 502 }, (_, number) => row(`t-${number}`));
    page.show();
    await rows();
    press('j');
    press('x');
    document.querySelector('[data-transaction-id="t-501"] .triage-open')!.dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true }));
    press('f');
    await vi.waitFor(() => expect(said()).toBe('Marked. 2 more are selected still.'));
    expect((server.of('decisions')[0]!['alerts'] as unknown[]).length).toBe(500);
    expect(document.querySelector('[data-testid="bulk"] strong')!.textContent).toBe('2 selected');
  });
});
