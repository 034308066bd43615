// The answers of /api/pipeline, as Fintech.Dashboard/Pipeline/PipelineMessages.cs defines them. Moments are ISO 8601.

export interface Progress {
  readonly doing: string;
  readonly rows: number;
  /** 0 until it is known. */
  readonly of: number;
}

export interface RowsAndAmount {
  readonly rows: number;
  readonly amount: number;
}

export interface Run {
  readonly id: number;
  readonly kind: string;
  readonly trigger: string;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly sourceSystem: string | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly read: RowsAndAmount;
  readonly loaded: RowsAndAmount;
  readonly quarantined: RowsAndAmount;
  readonly known: RowsAndAmount;
  readonly mode: string | null;
  readonly currency: string | null;
  readonly error: string | null;
  readonly checksFailed: number;
  readonly progress: Progress | null;
}

export interface RunPage {
  readonly runs: readonly Run[];
  readonly next: number | null;
}

export interface Stage {
  readonly name: string;
  readonly what: string;
  readonly rows: number;
  readonly amount: number | null;
  readonly seconds: number | null;
}

export interface Check {
  readonly name: string;
  readonly severity: 'block' | 'quarantine' | 'warn';
  readonly passed: boolean;
  readonly failures: number;
  readonly sample: readonly string[];
  readonly detail: string | null;
}

export interface RunDetail {
  readonly run: Run;
  readonly host: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly stages: readonly Stage[];
  readonly checks: readonly Check[];
  readonly rowsInQuarantine: number;
}

export interface Watermark {
  readonly sourceSystem: string;
  readonly entity: string;
  readonly lastId: number;
  readonly updatedAt: string;
  readonly readAt: string | null;
  readonly gaps: number;
  readonly oldestGap: string | null;
  readonly missingIds: number;
}

export interface SourceAudit {
  readonly sourceSystem: string;
  readonly at: string;
  readonly source: RowsAndAmount;
  readonly warehouse: RowsAndAmount;
  readonly changed: number;
  readonly deleted: number;
  readonly missing: number;
  readonly repaired: boolean;
}

export interface LiveAudit {
  readonly check: string;
  readonly at: string;
  readonly compared: number;
  readonly drift: number;
  readonly comparedTotal: number;
  readonly driftTotal: number;
  readonly driftAt: string | null;
  readonly sample: readonly string[];
}

export interface Loss {
  readonly id: number;
  readonly stream: string;
  readonly at: string;
  readonly kind: string;
  readonly afterEntry: string;
  readonly missing: number;
}

export interface WebhookTarget {
  readonly target: string;
  readonly minSeverity: string;
  readonly pending: number;
  readonly oldestPending: string | null;
  readonly dead: number;
  readonly lastError: string | null;
  readonly deliveredToday: number;
}

export interface QuarantineGroup {
  readonly check: string;
  readonly origin: string;
  readonly rows: number;
  readonly amount: number;
  readonly oldest: string;
  readonly newest: string;
  readonly newestId: number;
  readonly fixed: number;
  readonly sealed: number;
}

export interface RuleSetHead {
  readonly version: number;
  readonly at: string;
  readonly by: string;
  readonly alerting: number;
  readonly shadow: number;
  readonly off: number;
}

export interface Command {
  readonly id: number;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>> | null;
  readonly by: string;
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly progress: Progress | null;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled' | null;
  readonly answer: (Readonly<Record<string, unknown>> & { readonly message?: string }) | null;
}

export interface CommandPage {
  readonly commands: readonly Command[];
  readonly next: number | null;
}

export interface Overview {
  readonly lastRun: Run | null;
  readonly running: Run | null;
  readonly watermarks: readonly Watermark[];
  readonly sourceAudits: readonly SourceAudit[];
  readonly liveAudits: readonly LiveAudit[];
  readonly losses: readonly Loss[];
  readonly webhooks: readonly WebhookTarget[];
  readonly quarantine: readonly QuarantineGroup[];
  readonly ruleSet: RuleSetHead | null;
  readonly commands: readonly Command[];
}

export interface RejectedRow {
  readonly id: number;
  readonly runId: number;
  readonly origin: string;
  readonly sourceSystem: string;
  readonly key: string;
  readonly check: string;
  readonly reason: string;
  readonly amount: number | null;
  readonly status: 'open' | 'replayed' | 'discarded';
  readonly rejectedAt: string;
  readonly fixedAt: string | null;
  readonly sealed: number | null;
  readonly decidedAt: string | null;
  readonly replayRunId: number | null;
}

export interface RejectedPage {
  readonly rows: readonly RejectedRow[];
  readonly next: number | null;
}

export type Payload = Readonly<Record<string, unknown>>;

export interface RejectedDetail {
  readonly row: RejectedRow;
  readonly payload: Payload | null;
  readonly fixed: Payload | null;
  readonly withheld: boolean;
}

export interface Partition {
  readonly stream: string;
  readonly lastEntry: string;
  readonly entriesRead: number;
  readonly owner: string | null;
  readonly updatedAt: string | null;
  readonly epoch: string | null;
  readonly length: number | null;
  readonly added: number | null;
  readonly lag: number | null;
  readonly lagSeconds: number | null;
  readonly rate: number | null;
}

export interface Streams {
  readonly at: string;
  readonly partitions: readonly Partition[];
  readonly fault: string | null;
}

/** A rule as it is written: its kind in `rule`, its parameters beside it. */
export type Rule = Readonly<Record<string, unknown>> & { readonly rule: string };

export interface RuleSetVersion {
  readonly version: number;
  readonly at: string;
  readonly by: string;
  readonly because: string | null;
  readonly basedOn: number | null;
  readonly rules: readonly Rule[];
}

export interface RuleDay {
  readonly rule: string;
  readonly day: string;
  readonly evaluated: number;
  readonly alerted: number;
  readonly shadowed: number;
  readonly snoozed: number;
}

export interface Rules {
  readonly versions: readonly RuleSetVersion[];
  readonly next: number | null;
  readonly days: readonly RuleDay[];
}

export interface BacktestRule {
  readonly rule: string;
  readonly evaluated: number;
  readonly alerted: number;
  readonly shadowed: number;
  readonly snoozed: number;
}

interface Hindsight {
  readonly precision: number | null;
  readonly recall: number | null;
}

/** The answer of a back-test. */
export interface Backtest {
  readonly message: string;
  readonly live_version: number;
  readonly seconds: number;
  readonly transactions: number;
  readonly draft: number;
  readonly live: number;
  readonly both: number;
  readonly days: readonly { readonly day: string; readonly transactions: number; readonly draft: number; readonly live: number; readonly both: number }[];
  readonly draft_rules: readonly BacktestRule[];
  readonly live_rules: readonly BacktestRule[];
  readonly labels: number;
  readonly draft_hindsight: Hindsight;
  readonly live_hindsight: Hindsight;
}
