import { retryDelay } from '../live/retry';
import { ApiError, getJson, postJson } from '../shell/api';
import type { Command } from './contract';

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

/** Of a server that is away, or whose warehouse is: the same request may be taken in a moment, and its key makes it one command. */
const mayPass = (error: unknown): boolean => error instanceof ApiError && (error.status === 0 || error.status === 503);

interface Watched {
  readonly resolve: (command: Command) => void;
}

/**
 * Asks the worker by commands, and tells when they are answered. One intention is one key: pressed twice, or sent again after a broken
 * connection, it is one command.
 */
export class Asker {
  readonly #watched = new Map<number, Watched>();
  readonly #onAsked: () => void;

  /** @param onAsked There is something to look for. */
  constructor(onAsked: () => void) {
    this.#onAsked = onAsked;
  }

  get waiting(): boolean {
    return this.#watched.size > 0;
  }

  /** @returns The command as it ended, however it ended; a refusal by the server is thrown. */
  async ask(name: string, args: object, key: string = newKey()): Promise<Command> {
    const { id } = await this.#send({ name, arguments: args, key });
    const ended = new Promise<Command>((resolve) => this.#watched.set(id, { resolve }));
    this.#onAsked();
    return ended;
  }

  async #send(asked: { readonly name: string; readonly arguments: object; readonly key: string }): Promise<{ readonly id: number }> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await postJson<{ readonly id: number }>('/api/pipeline/commands', asked);
      } catch (error) {
        if (!mayPass(error) || attempt + 1 === attempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, retryDelay(attempt)));
      }
    }
  }

  /** Looks for what is awaited among the newest commands, and where it is not there by its number. */
  async look(newest: readonly Command[]): Promise<void> {
    for (const [id, watched] of this.#watched) {
      const command = newest.find((known) => known.id === id) ?? (await getJson<Command>(`/api/pipeline/commands/${id}`));
      if (command.finishedAt === null) continue;
      this.#watched.delete(id);
      watched.resolve(command);
    }
  }
}
