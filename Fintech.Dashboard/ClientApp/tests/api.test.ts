import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const json = (body: unknown, status = 200, type = 'application/json'): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });
const problem = (status: number, detail: string, code?: string): Response => json({ detail, code }, status, 'application/problem+json');

describe('the way to the server', () => {
  let answers: Response[];
  let asked: { address: string; token: string | null }[];
  let went: string[];
  let api: typeof import('../src/shell/api');

  beforeEach(async () => {
    [answers, asked, went] = [[], [], []];
    vi.resetModules();
    vi.stubGlobal('fetch', (address: string, request: RequestInit) => {
      asked.push({ address, token: new Headers(request.headers).get('x-csrf-token') });
      return Promise.resolve(answers.shift()!);
    });
    vi.stubGlobal('location', { pathname: '/alerts', search: '?rule=velocity&x=1', assign: (address: string) => went.push(address) });
    api = await import('../src/shell/api');
  });
  afterEach(() => vi.unstubAllGlobals());

  it('asks for the token of writes once, and sends it', async () => {
    answers = [json({ token: 'abc' }), json({ ok: 1 }), new Response(null, { status: 204 })];
    expect(await api.postJson('/api/x', {})).toEqual({ ok: 1 });
    expect(await api.postJson('/api/x', {})).toBeUndefined();
    expect(asked).toEqual([
      { address: '/api/csrf', token: null },
      { address: '/api/x', token: 'abc' },
      { address: '/api/x', token: 'abc' },
    ]);
  });

  it('gets a new token where the session is another by now, and tries once more only', async () => {
    answers = [json({ token: 'old' }), problem(400, 'another session', 'csrf'), json({ token: 'new' }), problem(400, 'another session', 'csrf')];
    await expect(api.postJson('/api/x', {})).rejects.toThrow('another session');
    expect(asked.map(({ token }) => token)).toEqual([null, 'old', null, 'new']);
  });

  it('does not keep a token it did not get', async () => {
    answers = [problem(503, 'not now'), json({ token: 'abc' }), json(1)];
    await expect(api.postJson('/api/x', {})).rejects.toThrow('not now');
    expect(await api.postJson('/api/x', {})).toBe(1);
  });

  it('leads to the sign-in and back when the session ended', async () => {
    answers = [problem(401, 'You are not signed in.')];
    await expect(api.getJson('/api/me')).rejects.toThrow('You are not signed in.');
    expect(went).toEqual(['/sign-in?returnUrl=%2Falerts%3Frule%3Dvelocity%26x%3D1']);
  });

  it('takes an answer that breaks off for a server that cannot be reached', async () => {
    const body = new ReadableStream({ start: (stream) => (stream.enqueue(new TextEncoder().encode('{"a":')), stream.error(new TypeError('network error'))) });
    answers = [new Response(body, { headers: { 'content-type': 'application/json' } })];
    await expect(api.getJson('/api/x')).rejects.toMatchObject({ status: 0, message: 'The answer of the server cannot be read: the connection may have broken.' });
  });

  it('stays where it is when something is only refused', async () => {
    answers = [problem(403, 'As viewer you may not do this.')];
    await expect(api.getJson('/api/x')).rejects.toMatchObject({ status: 403, message: 'As viewer you may not do this.' });
    expect(went).toEqual([]);
  });
});
