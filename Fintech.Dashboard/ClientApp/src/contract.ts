// The wire contract of the hub at /hubs/live, as Fintech.Dashboard/Live/LiveMessages.cs defines it:
// camelCase names, enums as strings, decimals as JSON numbers, times as ISO 8601.

export const windows = ['1m', '5m', '1h', 'today', 'all'] as const;
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
  /** New since the last frame, sampled; alerts always, as far as the chart holds them. */
  points: AmountPoint[];
  /** Newest 50 by commit, newest first. */
  alerts: AlertItem[];
  /** Newest 20, newest first. */
  latest: TransactionItem[];
  pipeline: PipelineState;
  /** Amount above which the high-value rule alerts. */
  threshold?: number | null;
  /** What the frame is narrowed to; null for everything. */
  filter?: FilterRequest | null;
  /** Which figures it holds, and of what time. */
  scope?: ScopeState | null;
  /** The small lines of the figures; null where they have not changed since the frame before. */
  trend?: TrendState | null;
  /** About how many alerts the chart's five minutes have; null where that is not known. */
  alertsInChart?: number | null;
  /** Of a filtered frame: the newest alerts of everything, for sound and notification; null where they are as in the frame before. */
  raised?: AlertItem[] | null;
}

/** Values of one kind are alternatives, kinds add up. */
export interface FilterRequest {
  categories: string[];
  merchants: string[];
  customers: number[];
  atLeast: number | null;
  atMost: number | null;
  onlyAlerts: boolean;
}

export type Figure = 'transactions' | 'value' | 'alerts' | 'alertRate' | 'rate' | 'latency' | 'categories' | 'merchants';

export interface ScopeState {
  figures: 'all' | 'filtered' | 'pending';
  /** Figures that are not known for the filter, and not to be shown. */
  unknown: Figure[];
  /** The window does not begin with a whole minute: its first counts in proportion. */
  estimated: boolean;
  /** When what was read from single transactions was read. */
  at: string | null;
  /** Since when filtered figures count, where that is not the whole window. */
  since: string | null;
  /** Which time the merchants are of; null before they are known. */
  merchants: WindowKey | null;
  merchantsSince: string | null;
  /** What is missing and why. */
  note: string | null;
}

export interface TrendState {
  from: string;
  stepSeconds: number;
  /** When it was read: the last step is under way. */
  at: string;
  transactions: number[];
  value: number[];
  alerts: number[];
  latencyP99Ms: (number | null)[] | null;
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
  merchant?: string;
  customerId?: number;
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
  /** Where counters of the live path differ from the facts. */
  drift?: DriftState | null;
  /** Seconds until what waits is read at the present pace; null when that is a moment or not known. */
  behind?: number | null;
  /** False where Redis keeps no append-only file. */
  durable?: boolean;
}

export interface DriftState {
  check: 'minutes' | 'customers';
  noticedAt: string;
  drift: number;
  sample: string[];
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
