import type { Shell } from '../shell/page';
import type { Command, Overview } from './contract';

/** What the views of the page have in common. */
export interface Context {
  readonly shell: Shell;
  /** Whether who looks may command the pipeline; the server decides, the page only does not offer what would be refused. */
  readonly mayCommand: () => boolean;
  /** Asks the worker, and tells in the list of commands how it goes; null where it was refused, which the page says itself. */
  readonly ask: (name: string, args: object) => Promise<Command | null>;
  /** Another address within the page: parameters that are null are left out. */
  readonly address: (parameters: Readonly<Record<string, string | number | null>>) => string;
  /** Reads anew, at once. */
  readonly refresh: () => void;
}

/** One of the views behind the tiles. */
export interface View {
  readonly root: HTMLElement;
  /** Its parameters are in the address; called again when they change. */
  show(parameters: URLSearchParams): void;
  /** Brings it up to date: whenever it is shown and the page asks the server anew. */
  refresh(overview: Overview, signal: AbortSignal): Promise<void>;
}
