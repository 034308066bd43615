// @vitest-environment happy-dom
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AlertDetail } from '../src/alerts/detail';
import { AlertList } from '../src/alerts/list';
import { noticeOf, NoticeLine } from '../src/header/notice';
import { sentence } from '../src/header/pause-control';
import { KpiCards } from '../src/kpis/kpis';
import { LatestList } from '../src/latest/latest';
import type { View } from '../src/live/view';
import { alert, frame, pipeline, start, transaction } from './frames';

const page = readFileSync(`${import.meta.dirname}/../index.html`, 'utf8').replace(/<script[^]*?<\/script>/g, '');
const hostile = '<img src=x onerror=alert(1)>';
const view = (changes: Parameters<typeof frame>[1] = {}, now = start): View => ({ frame: frame(1, changes), points: [], rate: [], now });

beforeEach(() => {
  // What is asked beyond the frames stays unanswered here.
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('There is no server.')));
  document.documentElement.innerHTML = page.replace(/^[^]*?<html[^>]*>|<\/html>[^]*$/g, '');
});

describe('text from outside', () => {
  it('is shown as text, never as markup', () => {
    new LatestList().render(view({ latest: [transaction('t', { merchant: hostile, category: hostile })] }));
    new AlertList(() => {}).render(view({ alerts: [alert('a', { merchant: hostile })] }), 3_000);
    new AlertDetail({ onClose: () => {} }).show(alert('a', { merchant: hostile, category: hostile, traceId: hostile }), null);
    new NoticeLine().render(noticeOf(pipeline({ status: 'down', reason: hostile }), start));

    expect(document.querySelectorAll('img')).toHaveLength(0);
    expect(document.querySelector('.latest-merchant')!.textContent).toBe(hostile);
    expect(document.querySelector('.alert-merchant')!.textContent).toBe(hostile);
    expect(document.querySelector('#notice')!.textContent).toContain(hostile);
  });
});

describe('the key figures', () => {
  it('have a line of the rate also where the dashboard has just started: that of the minutes counted', () => {
    const trend = { from: new Date(start - 180_000).toISOString(), latencyP99Ms: null, stepSeconds: 60, at: new Date(start).toISOString(), transactions: [60, 120, 180], value: [1, 2, 3], alerts: [0, 0, 0] };
    new KpiCards().render(view({ trend }));
    expect(document.querySelector('[data-testid=kpi-rate] .sparkline-line')!.getAttribute('d')).not.toBe('');
  });

  it('carry the exact number beside the short one', () => {
    new KpiCards().render(
      view({
        kpis: {
          ...frame(1).kpis,
          transactions: 12_408_123,
          value: [
            { currency: 'USD', amount: 1_418_233.1 },
            { currency: 'EUR', amount: 5 },
          ],
        },
      }),
    );
    const transactions = document.querySelector<HTMLElement>('[data-testid="kpi-transactions"]')!;
    const value = document.querySelector<HTMLElement>('[data-testid="kpi-value"]')!;
    expect(transactions.dataset['value']).toBe('12408123');
    expect(transactions.querySelector('.kpi-figure')!.textContent).toBe('12.41M');
    expect(value.dataset['value']).toBe('1418233.1');
    expect(value.querySelector<HTMLElement>('.kpi-figure')!.title).toBe('$1,418,233.10 + €5.00');
    expect(value.querySelector('.kpi-foot')!.textContent).toBe('+ €5.00');
  });

  it('switch from milliseconds to seconds where those say it shorter', () => {
    const cards = new KpiCards();
    const figure = () => document.querySelector('[data-testid="kpi-latency"] .kpi-figure')!.textContent;
    for (const [latencyP99Ms, text] of [
      [84.4, '84ms'],
      [999.4, '999ms'],
      [5_233, '5.2s'],
      [null, '–'],
    ] as const) {
      cards.render(view({ kpis: { ...frame(1).kpis, latencyP99Ms } }));
      expect(figure()).toBe(text);
    }
  });

  it('tell the change of the value beside what came in other currencies', () => {
    const { kpis } = frame(1);
    const value = [{ currency: 'USD', amount: 150 }, { currency: 'EUR', amount: 5 }];
    new KpiCards().render(view({ kpis: { ...kpis, value }, previous: { ...kpis, value: [{ currency: 'USD', amount: 100 }] } }));
    const foot = document.querySelector<HTMLElement>('[data-testid="kpi-value"] .kpi-foot')!;
    expect(foot.textContent).toBe('▲ 50% · + €5.00');
    expect(foot.title).toBe('USD: ▲ 50% vs 5 min before; €5.00');
  });

  it('say what a change is measured against', () => {
    const { kpis } = frame(1);
    new KpiCards().render(view({ previous: { ...kpis, transactions: 80 } }));
    expect(document.querySelector('[data-testid="kpi-transactions"] .kpi-foot')!.textContent).toBe('▲ 25% vs 5 min before');
  });
});

describe('the alert list', () => {
  it('keeps the element, and with it the focus, of an alert that moves down', () => {
    const list = new AlertList(() => {});
    list.render(view({ alerts: [alert('a-1')] }), 3_000);
    const before = document.querySelector<HTMLElement>('[data-transaction-id="a-1"] button')!;
    before.focus();
    list.render(view({ alerts: [alert('a-2'), alert('a-1')] }), 3_000);

    expect([...document.querySelectorAll<HTMLElement>('#alert-list > li')].map((item) => item.dataset['transactionId'])).toEqual([
      'a-2',
      'a-1',
    ]);
    expect(document.querySelector('[data-transaction-id="a-1"] button')).toBe(before);
    expect(document.activeElement).toBe(before);
  });

  it('fades in what is new, and not what was there when the page opened', () => {
    const list = new AlertList(() => {});
    list.render(view({ alerts: [alert('a-1')] }), 3_000);
    list.render(view({ alerts: [alert('a-2'), alert('a-1')] }), 3_000);
    expect([...document.querySelectorAll('.is-new')].map((item) => (item as HTMLElement).dataset['transactionId'])).toEqual(['a-2']);
  });

  it('fades nothing in while alerts storm in', () => {
    const list = new AlertList(() => {});
    list.render(view({ alerts: [alert('a-1')] }), 3_000);
    list.render(view({ alerts: [alert('a-4'), alert('a-3'), alert('a-2'), alert('a-1')] }), 3_000);
    expect(document.querySelectorAll('#alert-list > li')).toHaveLength(4);
    expect(document.querySelectorAll('.is-new')).toHaveLength(0);
    list.render(view({ alerts: [alert('a-5'), alert('a-4'), alert('a-3'), alert('a-2'), alert('a-1')] }), 3_000);
    expect(document.querySelectorAll('.is-new')).toHaveLength(1);
  });

  it('moves by step and stops at the ends', () => {
    const list = new AlertList(() => {});
    list.render(view({ alerts: [alert('a-1'), alert('a-2')] }), 3_000);
    expect([list.move(1)?.id, list.move(1)?.id, list.move(1)?.id, list.move(-1)?.id]).toEqual(['a-1', 'a-2', 'a-2', 'a-1']);
    expect(document.querySelectorAll('[aria-current]')).toHaveLength(1);
  });

  it('opens with the alert as it is now', () => {
    const opened = vi.fn();
    const list = new AlertList(opened);
    list.render(view({ alerts: [alert('a-1', { score: 10 })] }), 3_000);
    list.render(view({ alerts: [alert('a-1', { score: 20 })] }), 3_000);
    document.querySelector<HTMLElement>('[data-transaction-id="a-1"] button')!.click();
    expect(opened).toHaveBeenCalledWith(expect.objectContaining({ score: 20 }));
  });

  it('says what would raise an alert when there is none', () => {
    new AlertList(() => {}).render(view(), 3_000);
    expect(document.querySelector('#alerts-empty')!.textContent).toBe('No alerts. A transaction above $3,000 raises one.');
  });
});

describe('the alert detail', () => {
  it('says the decision first, then inputs, stages and trace', () => {
    const detail = new AlertDetail({ onClose: () => {} });
    detail.show(alert('a-1'), start + 300);
    const root = document.querySelector<HTMLElement>('#alert-detail')!;
    expect(root.querySelector('h2')!.textContent).toBe('High value: 4,500.00 > 3,000.00 (rule set 12)');
    expect([...root.querySelectorAll('h3')].map((title) => title.textContent)).toEqual([
      'Inputs against thresholds',
      'Transaction',
      'Stages',
      'Trace',
    ]);
    expect([...root.querySelectorAll('.stage-after')].map((after) => after.textContent)).toEqual(['', '+217 ms', '+83 ms']);
    detail.close();
    expect(root.hidden).toBe(true);
  });
});

describe('the notice', () => {
  const batch = {
    runId: 12,
    status: 'running',
    startedAt: new Date(start).toISOString(),
    finishedAt: null,
    rowsLoaded: 0,
    amountLoaded: 0,
    rowsQuarantined: 0,
    reconciled: false,
    rowsRead: 63_000,
    rowsExpected: 100_000,
  } as const;

  it('tells of history that is loading, once it takes longer than a moment', () => {
    expect(noticeOf(pipeline({ batch }), start + 1_000)).toBeNull();
    expect(noticeOf(pipeline({ batch }), start + 4_000)).toEqual({
      kind: 'progress',
      text: 'History is loading: 63,000 of 100,000 rows',
      progress: 0.63,
    });
  });

  it('repeats the reason that the server gives, and has words where it gives none', () => {
    const reason = 'Redis cannot be reached (since 12:00:00 UTC). The numbers are right; lag and new points are not known.';
    expect(noticeOf(pipeline({ status: 'down', reason }), start)!.text).toBe(reason);
    expect(noticeOf(pipeline({ status: 'stale' }), start)!.text).toBe('Events are waiting, and nothing was committed since 12:00:00.');
  });

  it('tells what Redis lost, and how much of it is known', () => {
    const loss = { noticedAt: new Date(start).toISOString(), streams: 2, missing: 1_200 };
    expect(noticeOf(pipeline({ loss }), start)!.text).toBe(
      'Redis lost data, noticed at 12:00:00: 1,200 entries of 2 streams were never read. All that was read before is here; ' +
        'have the producer send again from then on, what is known already is not counted twice.',
    );
    expect(noticeOf(pipeline({ loss: { ...loss, streams: 1, missing: 0 } }), start)!.text).toMatch(/: no entry of 1 stream is known to be missing\./);
    expect(noticeOf(pipeline({ loss: { ...loss, missing: 1 } }), start)!.text).toMatch(/: 1 entry of 2 streams was never read\./);
  });

  it('tells that Redis would forget, unless something worse is to be told', () => {
    expect(noticeOf(pipeline({ durable: true }), start)).toBeNull();
    expect(noticeOf(pipeline({ durable: false }), start)!.text).toMatch(/^Redis keeps no append-only file .*is lost\.$/);
    expect(noticeOf(pipeline({ durable: false, batch: { ...batch, status: 'failed' } }), start)!.text).toMatch(/^Batch run 12 failed/);
  });

  it('tells of a run that does not reconcile, and of one that failed', () => {
    expect(noticeOf(pipeline({ batch: { ...batch, status: 'succeeded', reconciled: true } }), start)).toBeNull();
    expect(noticeOf(pipeline({ batch: { ...batch, status: 'succeeded' } }), start)!.text).toMatch(/^Batch run 12 does not reconcile/);
    expect(noticeOf(pipeline({ batch: { ...batch, status: 'failed' } }), start)!.text).toMatch(/^Batch run 12 failed at/);
  });
});

describe('the pause', () => {
  it('says what was missed', () => {
    const since = new Date(2026, 0, 1, 14, 3, 12).getTime();
    expect(sentence({ since, missed: { transactions: 214, alerts: 2, exact: true } })).toBe('Paused · 214 new, 2 alerts since 14:03:12');
    expect(sentence({ since, missed: { transactions: 9_000, alerts: 1, exact: false } })).toBe(
      'Paused · about 9,000 new, 1 alert since 14:03:12',
    );
  });
});
