import { count, integer, tenth } from '../format/number';
import { age } from '../format/time';
import { h, setData, setText, setTitle } from '../ui/dom';
import type { Overview, Streams } from './contract';
import type { Tone } from './draw';
import { many } from './words';

export interface TileText {
  readonly value: string;
  readonly note: string;
  readonly tone: Tone;
}

/** The views of the page, each with what matters of it in a glance. */
export const tileNames = ['runs', 'sources', 'streams', 'quarantine', 'rules', 'webhooks'] as const;
export type TileName = (typeof tileNames)[number];

const titles: Readonly<Record<TileName, string>> = {
  runs: 'Batch runs',
  sources: 'Sources',
  streams: 'Streams',
  quarantine: 'Quarantine',
  rules: 'Rules',
  webhooks: 'Webhooks',
};

export function tileText(name: TileName, overview: Overview, streams: Streams | null, now: number): TileText {
  switch (name) {
    case 'runs': {
      const { lastRun, running } = overview;
      if (running) {
        const { progress } = running;
        return { value: 'running', note: progress && progress.of > 0 ? `${count(progress.rows)} of ${count(progress.of)} rows` : (progress?.doing ?? 'since a moment'), tone: 'busy' };
      }
      if (!lastRun) return { value: 'none yet', note: 'No pass has run', tone: 'none' };
      const ago = `${age(now - Date.parse(lastRun.finishedAt ?? lastRun.startedAt))} ago`;
      return lastRun.status === 'failed'
        ? { value: 'failed', note: ago, tone: 'warn' }
        : lastRun.checksFailed > 0
          ? { value: many(lastRun.read.rows, 'row'), note: `read ${ago}, ${many(lastRun.checksFailed, 'check')} failed`, tone: 'warn' }
          : { value: many(lastRun.read.rows, 'row'), note: `read ${ago}`, tone: 'good' };
    }
    case 'sources': {
      const audited = overview.sourceAudits[0];
      const gaps = overview.watermarks.reduce((total, mark) => total + mark.gaps, 0);
      const drift = overview.liveAudits.reduce((total, check) => total + check.driftTotal, 0);
      const value = overview.watermarks[0] ? count(overview.watermarks[0].lastId) : 'none yet';
      if (drift > 0) return { value, note: `${many(drift, 'counter')} drifted`, tone: 'warn' };
      if (audited && audited.changed + audited.deleted + audited.missing > 0 && !audited.repaired)
        return { value, note: `differs in ${many(audited.changed + audited.deleted + audited.missing, 'row')}`, tone: 'warn' };
      return { value, note: gaps > 0 ? `watermark, ${many(gaps, 'gap')}` : 'watermark, no gaps', tone: overview.watermarks.length > 0 ? 'good' : 'none' };
    }
    case 'streams': {
      if (!streams) return { value: '–', note: 'lag', tone: 'none' };
      if (streams.fault) return { value: '–', note: 'Redis does not answer', tone: 'warn' };
      const lag = streams.partitions.reduce((total, partition) => total + (partition.lag ?? 0), 0);
      // Known only once somebody looked twice: not known is not none.
      const rates = streams.partitions.flatMap(({ rate }) => (rate === null ? [] : [rate]));
      const committed = rates.length === 0 ? '' : ` · ${tenth(rates.reduce((total, rate) => total + rate, 0))}/s`;
      const oldest = Math.max(0, ...streams.partitions.map((partition) => partition.lagSeconds ?? 0));
      const losses = overview.losses.filter((loss) => now - Date.parse(loss.at) < 86_400_000).length;
      if (losses > 0) return { value: integer(lag), note: `lag · ${losses === 1 ? '1 loss' : `${integer(losses)} losses`} in 24 h`, tone: 'warn' };
      return { value: integer(lag), note: lag > 0 ? `lag, the oldest ${age(oldest * 1_000)}` : `lag${committed}`, tone: oldest > 5 ? 'warn' : 'good' };
    }
    case 'quarantine': {
      const rows = overview.quarantine.reduce((total, group) => total + group.rows, 0);
      const first = overview.quarantine[0];
      return { value: integer(rows), note: first ? `most: ${first.check.replaceAll('_', ' ')}` : 'nothing waits', tone: rows > 0 ? 'warn' : 'good' };
    }
    case 'rules': {
      const rules = overview.ruleSet;
      return rules
        ? { value: `v${rules.version}`, note: `${rules.alerting} alerting · ${rules.shadow} shadow`, tone: rules.alerting > 0 ? 'good' : 'warn' }
        : { value: 'none yet', note: 'A worker writes the first', tone: 'none' };
    }
    case 'webhooks': {
      const dead = overview.webhooks.reduce((total, target) => total + target.dead, 0);
      const pending = overview.webhooks.reduce((total, target) => total + target.pending, 0);
      if (overview.webhooks.length === 0) return { value: 'none', note: 'nobody is told', tone: 'none' };
      return { value: integer(pending), note: dead > 0 ? `wait · ${many(dead, 'dead letter')}` : 'wait', tone: dead > 0 ? 'warn' : 'good' };
    }
  }
}

/** The row of tiles, which are the page's own navigation. */
export class Tiles {
  readonly root = h('nav', { class: 'tiles', 'aria-label': 'Parts of the pipeline' });
  readonly #tiles = new Map<TileName, { readonly link: HTMLAnchorElement; readonly value: HTMLElement; readonly note: HTMLElement }>();

  constructor() {
    for (const name of tileNames) {
      const value = h('span', { class: 'tile-value', text: '–' });
      const note = h('span', { class: 'tile-note' });
      const link = h('a', { class: 'tile', href: `/pipeline?view=${name}`, testid: `tile-${name}` }, h('span', { class: 'tile-label', text: titles[name] }), value, note);
      this.#tiles.set(name, { link, value, note });
      this.root.append(link);
    }
  }

  choose(chosen: TileName): void {
    for (const [name, { link }] of this.#tiles)
      if (name === chosen) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
  }

  render(overview: Overview, streams: Streams | null, now: number): void {
    for (const [name, { link, value, note }] of this.#tiles) {
      const text = tileText(name, overview, streams, now);
      setText(value, text.value);
      setText(note, text.note);
      setTitle(note, text.note);
      setData(link, 'tone', text.tone);
    }
  }
}
