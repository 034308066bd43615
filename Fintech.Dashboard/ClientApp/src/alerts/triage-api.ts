import type { Severity } from '../contract';
import { getJson, postJson } from '../shell/api';
import { newKey } from '../shell/insist';
import { type User, whoIsThere } from '../shell/user';

// What Fintech.Dashboard/Alerts/TriageMessages.cs defines.

export const statuses = ['open', 'acknowledged', 'confirmed_fraud', 'false_positive'] as const;
export type Status = (typeof statuses)[number];
export type Verdict = Exclude<Status, 'open'>;
export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** A rule that fired and all it looked at, as docs/rules.md describes it. */
export interface Hit {
  rule: string;
  name?: string | null;
  input: string;
  value: number;
  threshold: number;
  unit: string;
  score?: number;
  severity?: Severity;
  inputs?: Readonly<Record<string, number | string>> | null;
}

export interface AlertKey {
  readonly id: string;
  readonly source: string;
}

export interface Claim {
  actor: string;
  holder: string;
  since: string;
  expiresAt: string;
}

export interface AlertRow extends AlertKey {
  occurredAt: string;
  committedAt: string;
  amount: number;
  currency: string;
  merchant: string;
  category: string;
  customerId: number;
  severity: Severity;
  score: number;
  ruleSetVersion: number;
  hits: Hit[];
  traceId: string | null;
  status: Status;
  /** The newest disposition; a decision names it as seen. */
  dispositionId: number | null;
  actor: string | null;
  changedAt: string | null;
  claim: Claim | null;
}

export interface AlertPage {
  alerts: AlertRow[];
  next: string | null;
  asOf: string | null;
}

export interface StateChange extends AlertKey {
  dispositionId: number;
  status: Status;
  actor: string;
  changedAt: string;
}

export interface Changes {
  at: string;
  counts: Record<Status, number>;
  added: number;
  newest: number;
  decisions: StateChange[];
  claims: (AlertKey & { claim: Claim })[];
}

export interface Disposition {
  dispositionId: number;
  status: Status;
  comment: string | null;
  actor: string;
  at: string;
  undoes: number | null;
}

export interface Delivery {
  target: string;
  status: 'pending' | 'delivered' | 'dead';
  attempts: number;
  createdAt: string;
  nextAttemptAt: string;
  decidedAt: string | null;
  lastError: string | null;
}

export interface Snooze {
  snoozeId: number;
  customerId: number;
  rule: string | null;
  until: string;
  reason: string;
  createdAt: string;
  createdBy: string;
}

export interface Dossier {
  alert: AlertRow;
  stages: { occurredAt: string; receivedAt: string; scoredAt: string; committedAt: string; shownAt: string | null };
  dispositions: Disposition[];
  deliveries: Delivery[];
  snoozes: Snooze[];
  traceUrl: string | null;
  at: string;
}

export interface CustomerTransaction extends AlertKey {
  at: string;
  amount: number;
  currency: string;
  type: 'purchase' | 'refund' | 'reversal';
  merchant: string;
  category: string;
  alert: boolean;
}

interface SpendWindow {
  purchases: number;
  amount: number;
  currency: string;
}

export interface CustomerHistory {
  from: string;
  to: string;
  transactions: CustomerTransaction[];
  complete: boolean;
  hour: SpendWindow;
  day: SpendWindow;
}

export interface Refusal extends AlertKey {
  kind: 'changed' | 'claimed' | 'impossible' | 'unknown';
  by: string | null;
  sentence: string;
}

export interface DecisionResult {
  done: StateChange[];
  refused: Refusal[];
  summary: string;
}

export interface SnoozeProgress {
  commandId: number;
  startedAt: string | null;
  outcome: 'succeeded' | 'failed' | null;
  message: string | null;
}

/** What is decided at once, and so what "select all" takes. */
export const mostAtOnce = 500;

/** This page, as the server's claims know it: two pages of one analyst take two alerts. */
export const holder: string = newKey();

/** In one string, that a selector can hold as well. */
export const keyOf = ({ id, source }: AlertKey): string => `${source}\u001f${id}`;

const address = (path: string, key: { id: string; source?: string | undefined }): string => {
  const query = new URLSearchParams({ id: key.id });
  if (key.source !== undefined) query.set('source', key.source);
  return `/api/alerts/${path}?${query.toString()}`;
};

export const triage = {
  list: (query: URLSearchParams, signal?: AbortSignal) => getJson<AlertPage>(`/api/alerts?${query.toString()}`, signal),
  changes: (query: URLSearchParams, signal?: AbortSignal) => getJson<Changes>(`/api/alerts/changes?${query.toString()}`, signal),
  rules: () => getJson<string[]>('/api/alerts/rules'),
  detail: (key: { id: string; source?: string | undefined }, signal?: AbortSignal) => getJson<Dossier>(address('detail', key), signal),
  history: (key: AlertKey, signal?: AbortSignal) => getJson<CustomerHistory>(address('history', key), signal),
  decide: (alerts: readonly AlertRow[], status: Verdict, comment: string | null) =>
    postJson<DecisionResult>('/api/alerts/decisions', {
      alerts: alerts.map(({ id, source, dispositionId }) => ({ id, source, after: dispositionId })),
      status,
      comment,
    }),
  undo: ({ id, source, dispositionId }: AlertRow, comment: string | null) =>
    postJson<DecisionResult>('/api/alerts/undo', { id, source, after: dispositionId, comment }),
  take: (query: URLSearchParams, passed: readonly AlertKey[]) =>
    postJson<Dossier | undefined>(`/api/alerts/take?${query.toString()}`, { holder, passed: passed.map(({ id, source }) => ({ id, source })) }),
  renew: ({ id, source }: AlertKey) => postJson<void>('/api/alerts/claim', { holder, id, source }),
  release: ({ id, source }: AlertKey) => postJson<void>('/api/alerts/release', { holder, id, source }),
  /** In force: of a customer, or all. */
  snoozes: (customerId?: number) => getJson<Snooze[]>(customerId === undefined ? '/api/alerts/snoozes' : `/api/alerts/snoozes?customer=${customerId}`),
  snooze: (customerId: number, rule: string | null, until: string | null, reason: string) =>
    postJson<{ commandId: number }>('/api/alerts/snoozes', { customerId, rule, until, reason }),
  progress: (commandId: number) => getJson<SnoozeProgress>(`/api/alerts/snoozes/requests/${commandId}`),
};

let known: Promise<User> | null = null;

/** Who looks; asked once, and again where there was no answer. */
export function me(): Promise<User> {
  known ??= whoIsThere().catch((error: unknown) => {
    known = null;
    throw error;
  });
  return known;
}
