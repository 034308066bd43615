import type { Severity } from '../contract';
import { severities, type Status, statuses } from '../alerts/triage-api';

export const sorts = { severity: 'Most severe, oldest first', score: 'Highest score', oldest: 'Oldest', newest: 'Newest' } as const;
export type Sort = keyof typeof sorts;

/** Age from and to: the names of the choices stand in filter-bar.ts. */
export interface Filter {
  /** Null: all of them. */
  readonly state: Status | null;
  readonly severity: readonly Severity[];
  readonly rule: string;
  readonly age: string;
  readonly older: string;
  readonly customer: string;
  readonly min: string;
  readonly max: string;
  readonly sort: Sort;
}

export const start: Filter = { state: 'open', severity: [], rule: '', age: '', older: '', customer: '', min: '', max: '', sort: 'severity' };

/** What the address asks for; what it does not name is as at the start. */
export function filterOf(search: string): Filter {
  const query = new URLSearchParams(search);
  const text = (name: string): string => query.get(name) ?? '';
  const state = query.get('state');
  return {
    state: state === 'all' ? null : (statuses.find((one) => one === state) ?? 'open'),
    severity: severities.filter((one) => text('severity').split(',').includes(one)),
    rule: text('rule'),
    age: text('age'),
    older: text('older'),
    customer: text('customer'),
    min: text('min'),
    max: text('max'),
    sort: (Object.keys(sorts) as Sort[]).find((one) => one === query.get('sort')) ?? 'severity',
  };
}

/** For the address bar: only what differs from the start. */
export function addressOf(filter: Filter, opened: { id: string; source: string } | null): string {
  const query = conditions(filter);
  if (filter.state === null) query.set('state', 'all');
  else if (filter.state !== start.state) query.set('state', filter.state);
  if (filter.sort !== start.sort) query.set('sort', filter.sort);
  if (opened) {
    query.set('id', opened.id);
    query.set('source', opened.source);
  }
  const text = query.toString();
  return text ? `/alerts?${text}` : '/alerts';
}

/** For the server. */
export function queryOf(filter: Filter): URLSearchParams {
  const query = conditions(filter);
  if (filter.state !== null) query.set('state', filter.state);
  query.set('sort', filter.sort);
  return query;
}

function conditions(filter: Filter): URLSearchParams {
  const query = new URLSearchParams();
  if (filter.severity.length > 0) query.set('severity', filter.severity.join(','));
  for (const name of ['rule', 'age', 'older', 'customer', 'min', 'max'] as const) if (filter[name] !== '') query.set(name, filter[name]);
  return query;
}

export const isNarrow = (filter: Filter): boolean => conditions(filter).size > 0;
