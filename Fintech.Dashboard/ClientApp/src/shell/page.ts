import type { Announcer } from '../ui/announcer';
import type { KeyActions } from '../ui/keys';
import type { User } from './user';

/** One of the pages behind the tabs. It is made when it is first shown, and kept. */
export interface Page {
  /** Keys that work while it is shown; those of the shell (pages, help, colours) go on working. */
  readonly keys: KeyActions;
  /** It is on the screen from now on; its address, parameters included, is in `location`. Also called when only the parameters changed. */
  show(): void;
  /** It is left: what moves or asks the server stops. */
  hide(): void;
}

/** What a page gets from the shell. */
export interface Shell {
  readonly announcer: Announcer;
  /** Who looks, and what he may do; null until the server said so. */
  readonly user: () => User | null;
  /** Goes to another page, for example `/alerts?rule=velocity`. */
  readonly go: (address: string) => void;
  /** An alert was decided: how many are open is asked again. */
  readonly recount: () => void;
}

/** @param root The empty `<main>` of the page. */
export type PageModule = { readonly create: (root: HTMLElement, shell: Shell) => Page };
