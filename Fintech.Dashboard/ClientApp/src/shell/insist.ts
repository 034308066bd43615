import { retryDelay } from '../live/retry';
import { ApiError } from './api';

/** A random UUID, also on a page that is not served by HTTPS, where `crypto.randomUUID` does not exist. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** So often an intention is sent before it is given up: about half a minute. */
const attempts = 7;

/** Of a server that is away, or whose warehouse is: the same request may be taken in a moment. */
export const mayPass = (error: unknown): error is ApiError => error instanceof ApiError && (error.status === 0 || error.status === 503);

interface While {
  /** False as soon as nobody waits for it any more. */
  readonly wanted?: () => boolean;
  /** Told each time it is going to be sent again. */
  readonly onAway?: (sentence: string) => unknown;
}

/** Sends again while the server or its warehouse is away. Only for what is done once however often it arrives. */
export async function insist<T>(send: () => Promise<T>, { wanted = () => true, onAway = () => undefined }: While = {}): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (!mayPass(error) || attempt + 1 === attempts || !wanted()) throw error;
      onAway(`${error.message} Trying again.`);
      await new Promise((resolve) => setTimeout(resolve, retryDelay(attempt)));
      if (!wanted()) throw error;
    }
  }
}
