import { type AlertKey, type AlertRow, type Changes, keyOf, me, mostAtOnce, type Status, triage, type Verdict } from '../alerts/triage-api';
import { ApiError } from '../shell/api';
import { insist } from '../shell/insist';
import type { User } from '../shell/user';
import { integer } from '../format/number';
import { ClaimKeeper } from './claim';
import { type Filter, isNarrow, queryOf, start } from './filter';

const pollEvery = 3_000;
const pageSize = 50;

interface Callbacks {
  readonly onChange: () => void;
  readonly onSay: (sentence: string) => void;
  /** Of the open alert somebody decided something. */
  readonly onDecided: () => void;
}

/** What the page knows of the alerts of its filter: read page by page, kept true by asking what changed. Nothing moves by itself: what is new is counted. */
export class Worklist {
  readonly claims: ClaimKeeper;
  readonly #call: Callbacks;
  #filter: Filter = start;
  #alerts: AlertRow[] = [];
  #after: string | null = null;
  #asOf: string | null = null;
  #changes: Changes | null = null;
  #rules: readonly string[] = [];
  #user: User | null = null;
  #knowsRules = false;
  #fault: string | null = null;
  #read = false;
  /** The list could not be read: it is read with the next round. */
  #missed = false;
  #deciding = false;
  /** The visit that waits for an alert to be given. */
  #taking: number | null = null;
  #round = 0;
  /** Counts how often the page was come to and left: an answer may be for a visit that is over. */
  #visit = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(call: Callbacks) {
    this.#call = call;
    this.claims = new ClaimKeeper((sentence) => call.onSay(sentence));
  }

  get current(): Filter {
    return this.#filter;
  }
  get alerts(): readonly AlertRow[] {
    return this.#alerts;
  }
  get more(): boolean {
    return this.#after !== null;
  }
  get counts(): Readonly<Record<Status, number>> | null {
    return this.#changes?.counts ?? null;
  }
  get added(): number {
    return this.#changes?.added ?? 0;
  }
  get rules(): readonly string[] {
    return this.#rules;
  }
  get user(): User | null {
    return this.#user;
  }
  get matching(): number {
    const counts = this.counts;
    if (!counts) return this.#alerts.length;
    return this.#filter.state === null ? Object.values(counts).reduce((sum, one) => sum + one, 0) : counts[this.#filter.state];
  }

  emptyWords(): string {
    if (this.#fault !== null) return `The alerts cannot be read: ${this.#fault}`;
    if (!this.#read) return 'Reading the alerts.';
    if (isNarrow(this.#filter)) return 'No alert passes this filter.';
    return this.#filter.state === 'open' ? 'Nothing is open. Whatever comes is counted here.' : 'No alert is in this state.';
  }

  /** @returns False where the page was left meanwhile. */
  async start(filter: Filter): Promise<boolean> {
    const visit = ++this.#visit;
    this.#filter = filter;
    this.#knowsRules = false;
    await this.#try(() => this.#knowWho());
    if (visit === this.#visit) await this.read();
    return visit === this.#visit;
  }

  async #knowWho(): Promise<void> {
    this.#user ??= await me();
    if (this.#knowsRules) return;
    this.#rules = await triage.rules();
    this.#knowsRules = true;
  }

  stop(): void {
    this.#visit++;
    this.#round++;
    if (this.#timer) clearTimeout(this.#timer);
  }

  filter(filter: Filter): void {
    this.#filter = filter;
    this.#call.onSay('');
    void this.read();
  }

  /** From the first page. */
  async read(): Promise<void> {
    const round = ++this.#round;
    this.#missed = true;
    await this.#try(() => this.#readList(round));
    if (round !== this.#round) return;
    this.#call.onChange();
    await this.#follow(round);
  }

  async #readList(round: number): Promise<void> {
    const page = await triage.list(this.#query(pageSize));
    if (round !== this.#round) return;
    [this.#alerts, this.#after, this.#asOf, this.#read, this.#missed] = [page.alerts, page.next, page.asOf, true, false];
    if (this.#changes) this.#changes = { ...this.#changes, added: 0 };
  }

  async readMore(): Promise<void> {
    const [round, after] = [this.#round, this.#after];
    if (after === null) return;
    await this.#try(async () => {
      const page = await triage.list(this.#query(pageSize, after));
      if (round !== this.#round) return;
      const known = new Set(this.#alerts.map(keyOf));
      this.#alerts = [...this.#alerts, ...page.alerts.filter((alert) => !known.has(keyOf(alert)))];
      this.#after = page.next;
    });
    this.#call.onChange();
  }

  /** As many as are decided at once. */
  async readAll(): Promise<void> {
    const round = this.#round;
    await this.#try(async () => {
      const page = await triage.list(this.#query(mostAtOnce));
      if (round === this.#round) [this.#alerts, this.#after, this.#asOf] = [page.alerts, page.next, page.asOf];
    });
    this.#call.onChange();
  }

  async one(id: string, source: string | null): Promise<AlertRow | null> {
    let found: AlertRow | null = null;
    await this.#try(async () => {
      found = (await triage.detail({ id, source: source ?? undefined })).alert;
    });
    return found;
  }

  /** How an alert stands by now, in the list as well; it stays where it is until the list is read anew. */
  know(alert: AlertRow): void {
    this.#alerts = this.#alerts.map((one) => (keyOf(one) === keyOf(alert) ? alert : one));
    this.#call.onChange();
  }

  /** @returns Null also where the page was left before the answer came: then the alert is given back. */
  async takeNext(): Promise<AlertRow | null> {
    if (this.#taking === this.#visit) return null;
    const visit = (this.#taking = this.#visit);
    const here = (): boolean => visit === this.#visit;
    let taken: AlertRow | null = null;
    await this.#try(async () => {
      // Taken again, the one that was taken before is free again.
      const dossier = await insist(() => triage.take(queryOf(this.#filter), this.claims.passed), { wanted: here, onAway: (sentence) => this.#call.onSay(sentence) });
      if (!here()) {
        if (dossier) this.claims.decline(dossier.alert);
        return;
      }
      if (!dossier) {
        this.#call.onSay(this.claims.passed.length > 0 ? 'No other alert is open and free. The next press begins anew.' : 'No alert is open and free.');
        this.claims.forget();
        return;
      }
      this.#call.onSay('');
      this.claims.keep(dossier.alert);
      taken = dossier.alert;
      if (!this.#alerts.some((one) => keyOf(one) === keyOf(dossier.alert))) this.#alerts = [dossier.alert, ...this.#alerts];
      this.#call.onChange();
    }).finally(() => {
      if (this.#taking === visit) this.#taking = null;
    });
    return taken;
  }

  /** @returns Those that the server answered for: no more than are decided at once, and none where it did not. */
  async decide(alerts: readonly AlertRow[], status: Verdict, comment: string | null): Promise<readonly AlertRow[]> {
    if (alerts.length === 0 || this.#deciding) return [];
    this.#deciding = true;
    const sent = alerts.slice(0, mostAtOnce);
    const left = alerts.length - sent.length;
    let answered: readonly AlertRow[] = [];
    await this.#try(async () => {
      try {
        const { done, summary } = await insist(() => triage.decide(sent, status, comment), { onAway: (sentence) => this.#call.onSay(sentence) });
        this.#apply(done);
        this.#call.onSay(left === 0 ? summary : `${summary} ${integer(left)} more ${left === 1 ? 'is' : 'are'} selected still.`);
      } catch (error) {
        // One alone is answered by a conflict.
        if (!(error instanceof ApiError) || error.status !== 409) throw error;
        this.#call.onSay(error.message);
      }
      answered = sent;
    }).finally(() => (this.#deciding = false));
    this.#call.onChange();
    this.#call.onDecided();
    return answered;
  }

  async #follow(round: number): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    try {
      if (document.visibilityState === 'visible') await this.#try(() => this.#look(round));
    } finally {
      // Whatever happened: a list that nobody asks for any more would look as if nothing came.
      if (round === this.#round) {
        this.#timer = setTimeout(() => void this.#follow(round), pollEvery);
        this.#call.onChange();
      }
    }
  }

  async #look(round: number): Promise<void> {
    if (this.#missed) await this.#readList(round);
    const query = queryOf(this.#filter);
    query.set('since', String(this.#changes?.newest ?? 0));
    if (this.#asOf !== null) query.set('asOf', this.#asOf);
    const changes = await triage.changes(query);
    if (round !== this.#round) return;
    const known = this.#changes;
    this.#changes = changes;
    // The first answer names the newest decisions; the list is as new as that.
    if (known) this.#apply(changes.decisions);
    this.#mark(changes.claims);
    await this.#knowWho();
  }

  #apply(changes: Changes['decisions']): void {
    const newest = new Map(changes.map((change) => [keyOf(change), change]));
    let opened = false;
    this.#alerts = this.#alerts.map((alert) => {
      const change = newest.get(keyOf(alert));
      if (!change || change.dispositionId <= (alert.dispositionId ?? 0)) return alert;
      opened = true;
      return { ...alert, dispositionId: change.dispositionId, status: change.status, actor: change.actor, changedAt: change.changedAt };
    });
    if (opened) this.#call.onDecided();
  }

  #mark(claims: Changes['claims']): void {
    const held = new Map(claims.map((one: AlertKey & { claim: Changes['claims'][number]['claim'] }) => [keyOf(one), one.claim]));
    this.#alerts = this.#alerts.map((alert) => {
      const claim = held.get(keyOf(alert)) ?? null;
      return claim?.expiresAt === alert.claim?.expiresAt && claim?.holder === alert.claim?.holder ? alert : { ...alert, claim };
    });
  }

  #query(limit: number, after: string | null = null): URLSearchParams {
    const query = queryOf(this.#filter);
    query.set('limit', String(limit));
    if (after !== null) query.set('after', after);
    return query;
  }

  /** What the server refuses is said; the list stays as it is. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#fault !== null) this.#call.onSay('');
      this.#fault = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#fault = error.message;
      this.#call.onSay(error.message);
    }
  }
}
