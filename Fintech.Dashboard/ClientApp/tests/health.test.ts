import { describe, expect, it } from 'vitest';
import { assess, type Evidence } from '../src/live/health';
import { describe as problemOf } from '../src/live/problem';
import { pipeline, start } from './frames';

const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  link: 'connected',
  problem: null,
  pipeline: pipeline(),
  silence: 200,
  now: start + 300,
  ...changes,
});

describe('the badge', () => {
  it('is live when frames arrive and the pipeline says so', () => {
    expect(assess(evidence())).toEqual({ state: 'live', label: 'Live', detail: 'data 0.3 s old', lag: 3 });
  });

  it.each([
    ['stale', { silence: 5_001 }],
    ['reconnecting', { link: 'reconnecting' }],
    ['reconnecting', { link: 'reconnecting', silence: 60_000 }],
    ['connecting', { pipeline: null, silence: null }],
    ['connecting', { pipeline: null, silence: null, link: 'reconnecting' }],
    ['idle', { pipeline: pipeline({ status: 'idle' }) }],
    ['stale', { pipeline: pipeline({ status: 'stale' }) }],
    ['down', { pipeline: pipeline({ status: 'down' }) }],
  ] satisfies [string, Partial<Evidence>][])('is %s and never live for %j', (state, changes) => {
    expect(assess(evidence(changes)).state).toBe(state);
  });

  it('says how long no frame came', () => {
    expect(assess(evidence({ silence: 41_000 })).detail).toBe('no frame for 41 s');
  });

  it('says how old the numbers are while it reconnects', () => {
    expect(assess(evidence({ link: 'reconnecting', now: start + 125_000 })).detail).toBe('data 2 min old');
  });

  it('names the last commit by the clock where the numbers are old', () => {
    expect(assess(evidence({ pipeline: pipeline({ status: 'down' }) })).detail).toBe('last commit 12:00:00');
  });

  it('says why it cannot connect', () => {
    expect(assess(evidence({ pipeline: null, silence: null, problem: 'Failed to fetch' })).detail).toBe('Failed to fetch');
  });

  it('says that the viewer is signed out, also while it reconnects', () => {
    const problem = problemOf(new Error("Failed to complete negotiation with the server: Error: Unauthorized: Status code '401'"));
    expect(assess(evidence({ link: 'reconnecting', problem })).detail).toMatch(/^signed out: open the sign-in link/);
    expect(problemOf(new Error("Service Unavailable: Status code '503'"))).toBe('the dashboard answers with error 503, trying again');
    expect(problemOf(new TypeError('Failed to fetch'))).toBe('the dashboard does not answer, trying again');
    expect(problemOf(undefined)).toBeNull();
  });

  it('never shows a negative age', () => {
    expect(assess(evidence({ now: start - 50 })).detail).toBe('data 0.0 s old');
  });
});
