import { integer, money } from '../format/number';
import type { Command, Run } from './contract';

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const many = (count: number, one: string): string => (count === 1 ? `1 ${one}` : `${integer(count)} ${one}s`);

/** What somebody asked for, in a few words: "Full run", "Replay row 17", "Rule set after version 3". */
export function commandTitle(command: Pick<Command, 'name' | 'arguments'>): string {
  const args = command.arguments ?? {};
  const ids = list(args['ids']);
  const rows = ids.length === 1 ? `row ${ids[0]}` : ids.length > 1 ? many(ids.length, 'row') : null;
  const group = [args['check'], args['origin'] === undefined ? null : `of ${args['origin']}`].filter((part) => typeof part === 'string').join(' ');
  switch (command.name) {
    case 'run': {
      const what = args['full'] ? 'Full run' : args['from'] || args['to'] ? `Run ${args['from'] ?? 'from the start'} to ${args['to'] ?? 'now'}` : 'Run';
      return args['dry_run'] ? `${what}, dry` : what;
    }
    case 'audit':
      return args['repair'] ? 'Audit and repair' : 'Audit';
    case 'rejected fix':
      return args['id'] === undefined ? 'Correct a row' : `Correct row ${args['id']}`;
    case 'rejected replay':
      return `Replay ${rows ?? (args['all'] ? 'everything' : group || 'rows')}`;
    case 'rejected discard':
      return `Discard ${rows ?? (group || 'rows')}`;
    case 'rules set':
      return `Rules after version ${args['base']}`;
    case 'rules backtest':
      return `Back-test over ${args['days'] ?? 7} days`;
    case 'webhooks retry':
      return `Retry deliveries${typeof args['target'] === 'string' ? ` to ${args['target']}` : ''}`;
    case 'cancel':
      return `Take back command ${args['command']}`;
    default:
      return command.name;
  }
}

/** Nobody takes a command that has waited so long, while no other is being worked on. */
export const patience = 5_000;

/** Why a command has not begun; null where it has. */
export function whyItWaits(command: Command, all: readonly Command[], now: number): string | null {
  if (command.startedAt !== null || command.finishedAt !== null) return null;
  const running = all.find((other) => other.startedAt !== null && other.finishedAt === null);
  if (running) return `waits for command ${running.id}`;
  return now - Date.parse(command.requestedAt) > patience ? 'waits: no worker takes commands' : 'waits for the worker';
}

/** Rows and money of a run that are accounted for nowhere: zero, or the promise is broken. */
export function unaccounted(run: Pick<Run, 'read' | 'loaded' | 'quarantined' | 'known'>): { readonly rows: number; readonly amount: number } {
  const cents = (amount: number): number => Math.round(amount * 100);
  return {
    rows: run.read.rows - run.loaded.rows - run.quarantined.rows - run.known.rows,
    amount: (cents(run.read.amount) - cents(run.loaded.amount) - cents(run.quarantined.amount) - cents(run.known.amount)) / 100,
  };
}

/** amount_not_positive → amount not positive */
export const checkTitle = (name: string): string => name.replaceAll('_', ' ');

/** dashboard: mia → mia; command: root → root, at the command line */
export function whoWrote(by: string): string {
  if (by.startsWith('dashboard: ')) return by.slice(11);
  return by.startsWith('command: ') ? `${by.slice(9)}, at the command line` : by;
}

/** With a currency where it is known, else the bare number. */
export const sum = (amount: number, currency: string | null): string => money(amount, currency ?? '');

export { many };
