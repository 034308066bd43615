import type { FilterRequest } from '../contract';

export const kinds = ['category', 'merchant', 'customer', 'amount', 'alerts'] as const;
export type FilterKind = (typeof kinds)[number];

/** One condition. Switched off it stays where it is, in the bar and in the address, and does nothing. */
export interface FilterPart {
  readonly kind: FilterKind;
  /** A name, a customer's number, "100..500" (either end may be missing), or "only". */
  readonly value: string;
  readonly on: boolean;
}

/** As the server allows. */
export const mostValues = 8;
const longestName = 100;

/**
 * The conditions in an address such as /?category=Travel&-merchant=Corner%20Cafe&amount=100..500&alerts=only, where a minus
 * marks what is switched off. What is no condition is left out: an address is typed by people.
 */
export function parse(search: string): FilterPart[] {
  const parts: FilterPart[] = [];
  for (const [name, value] of new URLSearchParams(search)) {
    const on = !name.startsWith('-');
    const kind = kinds.find((known) => known === (on ? name : name.slice(1)));
    const part = kind && partOf(kind, value, on);
    if (part) add(parts, part);
  }
  return parts;
}

/** The address with these conditions and no others; other parameters are kept. */
export function addressWith(parts: readonly FilterPart[], href: string): string {
  const url = new URL(href);
  for (const kind of kinds) {
    url.searchParams.delete(kind);
    url.searchParams.delete(`-${kind}`);
  }
  for (const { kind, value, on } of parts) url.searchParams.append(on ? kind : `-${kind}`, value);
  return url.href;
}

/** A condition in one form; null where the text is none. */
export function partOf(kind: FilterKind, text: string, on = true): FilterPart | null {
  const value = text.trim();
  switch (kind) {
    case 'alerts':
      return { kind, value: 'only', on };
    case 'customer':
      return /^\d{1,15}$/.test(value) ? { kind, value: String(Number(value)), on } : null;
    case 'amount': {
      const range = rangeOf(value);
      return range && { kind, value: `${range.low ?? ''}..${range.high ?? ''}`, on };
    }
    default:
      return value !== '' && value.length <= longestName ? { kind, value, on } : null;
  }
}

/** Adds, or switches on what is there already; there is one range of amounts at most. */
export function add(parts: FilterPart[], part: FilterPart): void {
  const index = parts.findIndex(({ kind, value }) => kind === part.kind && (value === part.value || kind === 'amount'));
  if (index >= 0) parts[index] = part;
  else if (part.kind === 'amount' || part.kind === 'alerts' || named(parts) < mostValues) parts.push(part);
}

export const named = (parts: readonly FilterPart[]): number =>
  parts.filter(({ kind }) => kind !== 'amount' && kind !== 'alerts').length;

/** What the server is asked for: the conditions that are on; null for none. */
export function requestOf(parts: readonly FilterPart[]): FilterRequest | null {
  const on = parts.filter((part) => part.on);
  if (on.length === 0) return null;
  const valuesOf = (kind: FilterKind): string[] => on.filter((part) => part.kind === kind).map((part) => part.value);
  const range = rangeOf(valuesOf('amount')[0] ?? '');
  return {
    categories: valuesOf('category').sort(),
    merchants: valuesOf('merchant').sort(),
    customers: valuesOf('customer').map(Number).sort((a, b) => a - b),
    atLeast: range?.low ?? null,
    atMost: range?.high ?? null,
    onlyAlerts: valuesOf('alerts').length > 0,
  };
}

/** Equal for filters that let through the same. */
export function keyOf(filter: FilterRequest | null): string {
  if (!filter) return '';
  const { categories, merchants, customers, atLeast, atMost, onlyAlerts } = filter;
  // The server sorts by code unit, as sort() does.
  return JSON.stringify([categories, merchants, customers, atLeast, atMost, onlyAlerts]);
}

export interface Filterable {
  readonly category: string;
  readonly merchant?: string;
  readonly customerId?: number;
  readonly amount: number;
}

export function matches(filter: FilterRequest, item: Filterable, alert: boolean): boolean {
  return (
    (filter.categories.length === 0 || filter.categories.includes(item.category)) &&
    (filter.merchants.length === 0 || filter.merchants.includes(item.merchant ?? '')) &&
    (filter.customers.length === 0 || filter.customers.includes(item.customerId ?? -1)) &&
    (filter.atLeast === null || item.amount >= filter.atLeast) &&
    (filter.atMost === null || item.amount <= filter.atMost) &&
    (!filter.onlyAlerts || alert)
  );
}

/** Whether all that the inner filter lets through passed the outer one, so that nothing of it can be missing. */
export function isWithin(inner: FilterRequest | null, outer: FilterRequest | null): boolean {
  if (!outer) return true;
  if (!inner) return false;
  const within = <T>(few: readonly T[], many: readonly T[]): boolean =>
    many.length === 0 || (few.length > 0 && few.every((value) => many.includes(value)));
  return (
    within(inner.categories, outer.categories) &&
    within(inner.merchants, outer.merchants) &&
    within(inner.customers, outer.customers) &&
    (outer.atLeast === null || (inner.atLeast !== null && inner.atLeast >= outer.atLeast)) &&
    (outer.atMost === null || (inner.atMost !== null && inner.atMost <= outer.atMost)) &&
    (!outer.onlyAlerts || inner.onlyAlerts)
  );
}

/** "100..500", "100..", "..500" and "100" (from 100 up); null for anything else, also where the ends are the wrong way round. */
export function rangeOf(text: string): { low: number | null; high: number | null } | null {
  const found = /^(-?\d{1,12}(?:\.\d{1,2})?)?(\.\.(-?\d{1,12}(?:\.\d{1,2})?)?)?$/.exec(text.trim());
  const low = found?.[1] === undefined ? null : Number(found[1]);
  const high = found?.[3] === undefined ? null : Number(found[3]);
  if (!found || (low === null && high === null) || (low !== null && high !== null && low > high)) return null;
  return { low, high };
}
