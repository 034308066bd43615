// The wire contract of the hub at /hubs/live, as Fintech.Dashboard/Live/LiveMessages.cs defines it:
// camelCase names, enums as strings, decimals as JSON numbers, times as ISO 8601.

export const windows = ['5m', '1h', 'today', 'all'] as const;
export type WindowKey = (typeof windows)[number];

export type PipelineStatus = 'live' | 'idle' | 'stale' | 'down';
export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** The answer to Subscribe: everything a page needs to start, or to start anew after a reconnect. */
export interface LiveSnapshot {
  frame: LiveFrame;
  /** The last five minutes, sampled; alerts are always in it. */
  points: AmountPoint[];
  /** Transactions per second, one value a second, the last five minutes. */
  rate: SeriesPoint[];
}

export interface LiveFrame {
  sequence: number;
  at: string;
  window: WindowKey;
  kpis: Kpis;
  /** The same figures of the window before; null where there is none ("all"). */
  previous: Kpis | null;
  categories: CategoryTotal[];
  merchants: MerchantTotal[];
  /** New since the last frame, sampled. */
  points: AmountPoint[];
  /** Newest 50, newest first. */
  alerts: AlertItem[];
  /** Newest 20, newest first. */
  latest: TransactionItem[];
  pipeline: PipelineState;
  /** Amount above which the high-value rule alerts. */
  threshold?: number | null;
}

export interface Kpis {
  transactions: number;
  value: Money[];
  alerts: number;
  ratePerSecond: number;
  /** Share of transactions that raised an alert, 0 to 1. */
  alertRate: number;
  latencyP99Ms: number | null;
}

export interface Money {
  currency: string;
  amount: number;
}

export interface CategoryTotal {
  category: string;
  transactions: number;
  amount: number;
  currency: string;
}

export interface MerchantTotal extends CategoryTotal {
  merchant: string;
}

export interface AmountPoint {
  id: string;
  at: string;
  amount: number;
  currency: string;
  category: string;
  alert: boolean;
}

export interface AlertItem {
  id: string;
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
  hits: RuleHit[];
  traceId: string | null;
}

export interface RuleHit {
  rule: string;
  input: string;
  value: number;
  threshold: number;
  unit: string;
}

export interface TransactionItem {
  id: string;
  occurredAt: string;
  amount: number;
  currency: string;
  merchant: string;
  category: string;
  customerId: number;
  alert: boolean;
}

export interface SeriesPoint {
  at: string;
  value: number;
}

export interface PipelineState {
  lastCommitAt: string | null;
  /** Entries in the streams that the warehouse does not hold yet. */
  lag: number;
  status: PipelineStatus;
  reason: string | null;
  batch: BatchState | null;
  quarantined: number;
  /** What Redis lost in the last 24 hours. */
  loss: LossState | null;
}

export interface LossState {
  noticedAt: string;
  streams: number;
  /** Entries known to have been there and never read. */
  missing: number;
}

export interface BatchState {
  runId: number;
  status: 'running' | 'succeeded' | 'failed';
  startedAt: string;
  finishedAt: string | null;
  rowsLoaded: number;
  amountLoaded: number;
  rowsQuarantined: number;
  reconciled: boolean;
  rowsRead: number;
  rowsExpected: number | null;
}
