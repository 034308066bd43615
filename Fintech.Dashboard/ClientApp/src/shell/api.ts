/** An answer that is no success: the sentence to show, and the status. */
export class ApiError extends Error {
  readonly status: number;
  /** What a program goes by, where the answer has it. */
  readonly code: string | null;

  constructor(status: number, sentence: string, code: string | null = null) {
    super(sentence);
    this.status = status;
    this.code = code;
  }
}

export const getJson = <T>(address: string, signal?: AbortSignal): Promise<T> => ask<T>(address, signal ? { signal } : {});

/** What the server answers to a write, where it answers anything. */
export async function postJson<T>(address: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const send = async (): Promise<T> =>
    ask<T>(address, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'x-csrf-token': await writeToken() },
      ...(signal ? { signal } : {}),
    });
  try {
    return await send();
  } catch (error) {
    // Somebody signed in anew in another tab: the token of the session before is worth nothing, and nothing was done.
    if (!(error instanceof ApiError) || error.code !== 'csrf') throw error;
    token = null;
    return send();
  }
}

/** A write while the page is being left: nobody waits for the answer, and without a token known already it is not made. */
export function postLeaving(address: string, body: unknown): void {
  if (knownToken === null) return;
  void fetch(address, {
    method: 'POST',
    keepalive: true,
    credentials: 'same-origin',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-csrf-token': knownToken },
  }).catch(() => undefined); // There is nobody left to tell.
}

let token: Promise<string> | null = null;
let knownToken: string | null = null;

/** What a page of others cannot know. Asked for once; a failure is not kept. */
function writeToken(): Promise<string> {
  token ??= getJson<{ token: string }>('/api/csrf').then(
    (answer) => (knownToken = answer.token),
    (error: unknown) => {
      token = null;
      throw error;
    },
  );
  return token;
}

/** To the sign-in, and back to what is on the screen now. */
export function goToSignIn(): void {
  location.assign(`/sign-in?returnUrl=${encodeURIComponent(location.pathname + location.search)}`);
}

async function ask<T>(address: string, request: RequestInit): Promise<T> {
  const response = await reach(address, request);
  if (response.status === 401) goToSignIn();
  if (!response.ok) throw await errorOf(response);
  return (response.status === 204 ? undefined : await bodyOf(response)) as T;
}

async function reach(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { credentials: 'same-origin', ...request });
  } catch (error) {
    throw cut(error, 'The server cannot be reached.');
  }
}

/** A connection that ends within an answer is as one that was not made. */
async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw cut(error, 'The answer of the server cannot be read: the connection may have broken.');
  }
}

const cut = (error: unknown, sentence: string): unknown =>
  error instanceof DOMException && error.name === 'AbortError' ? error : new ApiError(0, sentence);

/** Of problem details the detail, else the title; of anything else the status. */
async function errorOf(response: Response): Promise<ApiError> {
  const known = `The server answered ${response.status}${response.statusText ? ` (${response.statusText})` : ''}.`;
  if (!response.headers.get('content-type')?.includes('json')) return new ApiError(response.status, known);
  const problem: unknown = await response.json().catch(() => null);
  const { detail, title, code } = (problem ?? {}) as { detail?: unknown; title?: unknown; code?: unknown };
  const sentence = typeof detail === 'string' ? detail : typeof title === 'string' ? title : known;
  return new ApiError(response.status, sentence, typeof code === 'string' ? code : null);
}
