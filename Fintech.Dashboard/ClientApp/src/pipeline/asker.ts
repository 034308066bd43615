import { getJson, postJson } from '../shell/api';
import { insist, newKey } from '../shell/insist';
import type { Command } from './contract';

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
    const { id } = await insist(() => postJson<{ readonly id: number }>('/api/pipeline/commands', { name, arguments: args, key }));
    const ended = new Promise<Command>((resolve) => this.#watched.set(id, { resolve }));
    this.#onAsked();
    return ended;
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
