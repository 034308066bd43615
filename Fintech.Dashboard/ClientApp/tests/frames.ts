import type { AlertItem, LiveFrame, LiveSnapshot, PipelineState, TransactionItem } from '../src/contract';

export const start = Date.parse('2026-01-01T12:00:00Z');

export const pipeline = (changes: Partial<PipelineState> = {}): PipelineState => ({
  lastCommitAt: new Date(start).toISOString(),
  lag: 3,
  status: 'live',
  reason: null,
  batch: null,
  quarantined: 0,
  loss: null,
  ...changes,
});

export const transaction = (id: string, changes: Partial<TransactionItem> = {}): TransactionItem => ({
  id,
  occurredAt: new Date(start).toISOString(),
  amount: 20,
  currency: 'USD',
  merchant: 'Corner Cafe',
  category: 'Restaurants',
  customerId: 7,
  alert: false,
  ...changes,
});

export const alert = (id: string, changes: Partial<AlertItem> = {}): AlertItem => ({
  id,
  occurredAt: new Date(start).toISOString(),
  committedAt: new Date(start + 217).toISOString(),
  amount: 4_500,
  currency: 'USD',
  merchant: 'Luxury Watches',
  category: 'Luxury',
  customerId: 42,
  severity: 'high',
  score: 86,
  ruleSetVersion: 12,
  hits: [{ rule: 'high-value', input: 'amount', value: 4_500, threshold: 3_000, unit: 'USD' }],
  traceId: '0af7651916cd43dd8448eb211c80319c',
  ...changes,
});

export const frame = (sequence: number, changes: Partial<LiveFrame> = {}): LiveFrame => ({
  sequence,
  at: new Date(start + sequence * 250).toISOString(),
  window: '5m',
  kpis: {
    transactions: 100,
    value: [{ currency: 'USD', amount: 1_234.5 }],
    alerts: 1,
    ratePerSecond: 20,
    alertRate: 0.01,
    latencyP99Ms: 84,
  },
  previous: null,
  categories: [],
  merchants: [],
  points: [],
  alerts: [],
  latest: [],
  pipeline: pipeline(),
  ...changes,
});

export const snapshot = (sequence: number, changes: Partial<LiveFrame> = {}): LiveSnapshot => ({
  frame: frame(sequence, changes),
  points: [],
  rate: [],
});
