// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Asker } from '../src/pipeline/asker';
import { runArguments } from '../src/pipeline/actions';
import { hindsight } from '../src/pipeline/backtest';
import type { Backtest, Command, Overview, RejectedRow, Rule, Run, Streams } from '../src/pipeline/contract';
import { redraw } from '../src/pipeline/draw';
import { changesOf, fieldsOf } from '../src/pipeline/rejected';
import { difference, parametersOf, parseField, stateOf } from '../src/pipeline/rule-kinds';
import { tileText } from '../src/pipeline/tiles';
import { checkTitle, commandTitle, unaccounted, whoWrote, whyItWaits } from '../src/pipeline/words';
import { newKey } from '../src/shell/insist';
import { h } from '../src/ui/dom';

const now = Date.parse('2026-03-01T12:00:00Z');
const command = (change: Partial<Command>): Command => ({
  id: 1, name: 'run', arguments: {}, by: 'mia', requestedAt: '2026-03-01T11:59:58Z', startedAt: null, finishedAt: null, progress: null, outcome: null, answer: null, ...change,
});
const sums = { read: { rows: 3, amount: 6.03 }, loaded: { rows: 1, amount: 1.01 }, quarantined: { rows: 1, amount: 2.01 }, known: { rows: 1, amount: 3.01 } };
const run = (change: Partial<Run> = {}): Run => ({
  id: 7, kind: 'batch', trigger: 'schedule', status: 'succeeded', sourceSystem: 'ledger', startedAt: '2026-03-01T11:58:00Z', finishedAt: '2026-03-01T11:58:30Z', ...sums, mode: 'incremental', currency: 'USD', error: null, checksFailed: 0, progress: null, ...change,
});
const overview = (change: Partial<Overview> = {}): Overview => ({
  lastRun: run(), running: null, watermarks: [], sourceAudits: [], liveAudits: [], losses: [], webhooks: [], quarantine: [], ruleSet: null, commands: [], ...change,
});

describe('words', () => {
  it.each([
    ['run', {}, 'Run'],
    ['run', { full: true, dry_run: true }, 'Full run, dry'],
    ['run', { from: '2026-01-01' }, 'Run 2026-01-01 to now'],
    ['audit', { repair: true }, 'Audit and repair'],
    ['rejected fix', { id: 17, set: { amount: '1' } }, 'Correct row 17'],
    ['rejected replay', { ids: [17] }, 'Replay row 17'],
    ['rejected replay', { check: 'amount', origin: 'transactions:3' }, 'Replay amount of transactions:3'],
    ['rejected discard', { ids: [1, 2], because: 'x' }, 'Discard 2 rows'],
    ['rules set', { base: 3, rules: [] }, 'Rules after version 3'],
    ['webhooks retry', { target: 'cases' }, 'Retry deliveries to cases'],
    ['cancel', { command: 4 }, 'Take back command 4'],
    ['something new', {}, 'something new'],
  ])('names the command %s %j: %s', (name, args, title) => expect(commandTitle({ name, arguments: args })).toBe(title));

  it('names a command whose arguments are withheld', () => expect(commandTitle({ name: 'rejected fix', arguments: null })).toBe('Correct a row'));

  it('says why a command waits', () => {
    const young = command({});
    expect(whyItWaits(young, [young], now)).toBe('waits for the worker');
    expect(whyItWaits(young, [young], now + 10_000)).toBe('waits: no worker takes commands');
    const busy = command({ id: 9, startedAt: '2026-03-01T11:59:00Z' });
    expect(whyItWaits(young, [young, busy], now + 10_000)).toBe('waits for command 9');
    expect(whyItWaits(busy, [busy], now)).toBeNull();
  });

  it('accounts for a run to the cent, without the errors of binary fractions', () => {
    expect(unaccounted(run())).toEqual({ rows: 0, amount: 0 });
    expect(unaccounted(run({ read: { rows: 4, amount: 6.04 } }))).toEqual({ rows: 1, amount: 0.01 });
  });

  it('names checks and people', () => {
    expect(checkTitle('amount_not_positive')).toBe('amount not positive');
    expect(whoWrote('dashboard: mia')).toBe('mia');
    expect(whoWrote('command: root')).toBe('root, at the command line');
    expect(whoWrote('configuration')).toBe('configuration');
  });
});

describe('rules', () => {
  const velocity: Rule = { rule: 'velocity', count: 5, window: '00:10:00', enabled: true, shadow: true };

  it('tells what changed, defaults left out or not', () => {
    expect(difference([velocity], [{ rule: 'velocity', count: 5, window: '00:10:00', shadow: true, weight: 50, kind_of: 'velocity' }])).toEqual([]);
    expect(difference([velocity], [{ ...velocity, count: 6, shadow: false }])).toEqual(['velocity: count 5 → 6, shadow → alerting']);
    expect(difference([velocity], [])).toEqual(['velocity: removed']);
    expect(difference([], [{ ...velocity, name: 'fast' }])).toEqual(['fast: new, shadow']);
    expect(difference([velocity], [{ ...velocity, enabled: false, severity: 'high' }])).toEqual(['velocity: severity none → high, shadow → off']);
  });

  it('knows the state and the parameters of a rule, also of a kind that is new', () => {
    expect([stateOf({ rule: 'x' }), stateOf(velocity), stateOf({ ...velocity, enabled: false })]).toEqual(['alerting', 'shadow', 'off']);
    expect(parametersOf({ rule: 'merchant-burst', kind_of: 'merchant-burst', limit: 5, weight: 3 })).toEqual(['limit']);
  });

  it('leaves what is no number as it stands, for the worker to refuse', () => {
    expect(parseField('money', ' 3000.50 ')).toBe(3000.5);
    expect(parseField('whole', '3,5')).toBe('3,5');
    expect(parseField('money', '0x10')).toBe('0x10');
    expect(parseField('span', '00:10:00')).toBe('00:10:00');
  });

  it('says nothing of precision where nobody decided', () => {
    const found = { labels: 0 } as Backtest;
    expect(hindsight(found)).toContain('nothing can be said');
    expect(hindsight({ ...found, labels: 4, draft_hindsight: { precision: 0.5, recall: null }, live_hindsight: { precision: 1, recall: 1 } })).toBe(
      'By 4 decisions: precision 50.00%, now 100.00%; recall unknown, now 100.00%.',
    );
  });
});

describe('a correction', () => {
  const row = { origin: 'transactions' } as RejectedRow;

  it('offers the fields a row has, and what an event may leave out', () => {
    expect(fieldsOf(row, { amount: 1, customer_id: 2, transaction_id: 't' }).map(([field]) => field)).toEqual(['amount', 'customer_id']);
    expect(fieldsOf({ ...row, origin: 'transactions:3' }, { amount: 1 }).map(([field]) => field)).toEqual(['amount', 'currency', 'type']);
  });

  it('sends only what differs', () => {
    expect(changesOf({ amount: -6, type: null }, [['amount', '-6'], ['type', ''], ['currency', ' USD ']])).toEqual({ currency: 'USD' });
  });
});

describe('tiles', () => {
  it('tells a run under way, a failed one, and one whose checks failed', () => {
    expect(tileText('runs', overview({ running: run({ status: 'running', progress: { doing: 'loading', rows: 12, of: 100 } }) }), null, now)).toEqual({ value: 'running', note: '12 of 100 rows', tone: 'busy' });
    expect(tileText('runs', overview({ lastRun: run({ status: 'failed' }) }), null, now).tone).toBe('warn');
    expect(tileText('runs', overview({ lastRun: run({ checksFailed: 1 }) }), null, now)).toEqual({ value: '3 rows', note: 'read 1 min ago, 1 check failed', tone: 'warn' });
    expect(tileText('runs', overview(), null, now)).toEqual({ value: '3 rows', note: 'read 1 min ago', tone: 'good' });
  });

  it('does not call streams good that nobody could ask', () => {
    const streams: Streams = { at: '', partitions: [], fault: 'Redis does not answer.' };
    expect(tileText('streams', overview(), streams, now)).toEqual({ value: '–', note: 'Redis does not answer', tone: 'warn' });
  });

  it('tell no pace of streams before there is one', () => {
    const partition = { stream: 'transactions:0', lastEntry: '1-0', entriesRead: 9, updatedAt: null, owner: null, epoch: null, length: null, added: null, lag: 0, lagSeconds: null };
    const streams = (rate: number | null): Streams => ({ at: '', partitions: [{ ...partition, rate }], fault: null });
    expect(tileText('streams', overview(), streams(null), now).note).toBe('lag');
    expect(tileText('streams', overview(), streams(2.5), now).note).toBe('lag · 2.5/s');
  });

  it('warns of dead letters', () => {
    const target = { target: 'cases', minSeverity: 'high', pending: 0, oldestPending: null, dead: 2, lastError: null, deliveredToday: 0 };
    expect(tileText('webhooks', overview({ webhooks: [target] }), null, now)).toEqual({ value: '0', note: 'wait · 2 dead letters', tone: 'warn' });
  });
});

describe('asking the worker', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('takes keys that no two intentions share', () => {
    expect(newKey()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(newKey()).not.toBe(newKey());
  });

  it('tells the answer once the command has one', async () => {
    vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(Response.json({ id: 5, new: true }, { status: 202 }))));
    const asked = vi.fn();
    const asker = new Asker(asked);
    const answer = asker.ask('run', {});
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    await asker.look([command({ id: 5 })]);
    expect(asker.waiting).toBe(true);
    await asker.look([command({ id: 5, finishedAt: '2026-03-01T12:00:00Z', outcome: 'succeeded' })]);
    expect((await answer).outcome).toBe('succeeded');
    expect(asker.waiting).toBe(false);
  });

  it('sends an intention again, under the same key, while the warehouse is away', async () => {
    vi.useFakeTimers();
    const keys: string[] = [];
    const away = { detail: 'The warehouse cannot be read at the moment.' };
    const answers = [() => Promise.reject(new TypeError('gone')), () => Promise.resolve(Response.json(away, { status: 503 })), () => Promise.resolve(Response.json({ id: 6, new: true }, { status: 202 }))];
    vi.stubGlobal('fetch', (address: string, request: RequestInit) => {
      if (address === '/api/csrf') return Promise.resolve(Response.json({ token: 'abc' }));
      keys.push((JSON.parse(String(request.body)) as { key: string }).key);
      return answers.shift()!();
    });
    const asked = vi.fn();
    void new Asker(asked).ask('run', {});
    await vi.runAllTimersAsync();
    vi.useRealTimers();
    expect(asked).toHaveBeenCalledOnce();
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it.each([400, 409, 503])('gives up on an answer of %i, in the end', async (status) => {
    vi.useFakeTimers();
    const sent = vi.fn(() => Promise.resolve(Response.json({ detail: 'No.' }, { status })));
    vi.stubGlobal('fetch', (address: string) => (address === '/api/csrf' ? Promise.resolve(Response.json({ token: 'abc' })) : sent()));
    const refused = expect(new Asker(vi.fn()).ask('run', {})).rejects.toThrow('No.');
    await vi.runAllTimersAsync();
    await refused;
    vi.useRealTimers();
    expect(sent).toHaveBeenCalledTimes(status === 503 ? 7 : 1);
  });

  it('reads the dialog of a run', () => {
    const form = new FormData();
    form.set('mode', 'range');
    form.set('from', '2026-01-01');
    form.set('dry_run', 'on');
    expect(runArguments(form)).toEqual({ from: '2026-01-01', dry_run: true });
    form.set('mode', 'full');
    expect(runArguments(form)).toEqual({ full: true, dry_run: true });
  });
});

describe('drawing', () => {
  it('leaves alone what shows the same', () => {
    const place = h('div');
    redraw(place, { a: 1 }, () => [h('input')]);
    const input = place.firstChild;
    redraw(place, { a: 1 }, () => [h('input')]);
    expect(place.firstChild).toBe(input);
    redraw(place, { a: 2 }, () => [h('p', { text: '<b>' })]);
    expect(place.innerHTML).toBe('<p>&lt;b&gt;</p>');
  });
});
