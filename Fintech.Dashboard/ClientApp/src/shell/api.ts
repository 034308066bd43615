/** An answer that is no success: the sentence to show, and the status. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

export const getJson = <T>(address: string, signal?: AbortSignal): Promise<T> => ask<T>(address, signal ? { signal } : {});

/** What the server answers to a write, where it answers anything. */
export const postJson = <T>(address: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  ask<T>(address, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    ...(signal ? { signal } : {}),
  });

async function ask<T>(address: string, request: RequestInit): Promise<T> {
  const response = await reach(address, request);
  if (!response.ok) throw new ApiError(response.status, await sentenceOf(response));
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function reach(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { credentials: 'same-origin', ...request });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'The server cannot be reached.');
  }
}

/** Of problem details the detail, else the title; of anything else the status. */
async function sentenceOf(response: Response): Promise<string> {
  const known = `The server answered ${response.status}${response.statusText ? ` (${response.statusText})` : ''}.`;
  if (!response.headers.get('content-type')?.includes('json')) return known;
  const problem: unknown = await response.json().catch(() => null);
  const { detail, title } = (problem ?? {}) as { detail?: unknown; title?: unknown };
  return typeof detail === 'string' ? detail : typeof title === 'string' ? title : known;
}
