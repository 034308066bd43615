import { integer } from '../format/number';
import { h } from '../ui/dom';
import type { Overview } from './contract';
import { card, cell, empty, headCell, redraw, table, text, verdict, when } from './draw';
import type { View } from './view';
import { many, sum } from './words';

/** How far the sources are read, and what the comparisons with them found. */
export class SourcesView implements View {
  readonly root = h('div', { class: 'view', testid: 'sources' });

  show(): void {}

  refresh(overview: Overview): Promise<void> {
    const { watermarks, sourceAudits, liveAudits } = overview;
    redraw(this.root, [watermarks, sourceAudits, liveAudits], () => [watermarkCard(overview), auditCard(overview), liveCard(overview)]);
    return Promise.resolve();
  }
}

function watermarkCard({ watermarks }: Overview): HTMLElement {
  if (watermarks.length === 0) return card('Watermarks', null, empty('Nothing was read yet: the first pass sets the watermark.'));
  const { element, body } = table('Watermarks', ['Source', 'Read up to', 'Moved', 'Source’s clock then', 'Gaps below it', 'Oldest gap']);
  for (const mark of watermarks)
    body.append(
      h(
        'tr',
        {},
        headCell(text(mark.sourceSystem), text(` ${mark.entity}`, 'quiet')),
        cell(integer(mark.lastId)),
        cell(when(mark.updatedAt)),
        cell(mark.readAt ? when(mark.readAt) : text('–', 'quiet')),
        cell(mark.gaps === 0 ? verdict('good', 'none') : verdict('none', `${many(mark.gaps, 'gap')}, ${many(mark.missingIds, 'id')}`)),
        cell(mark.oldestGap ? when(mark.oldestGap) : text('–', 'quiet')),
      ),
    );
  return card('Watermarks', 'ids that were not there yet are read again until they are too old to appear', element);
}

function auditCard({ sourceAudits }: Overview): HTMLElement {
  if (sourceAudits.length === 0) return card('Audit of the source', null, empty('The facts were not compared with their source yet.'));
  const { element, body } = table('Audit of the source', ['Source', 'Compared', 'Rows in the source', 'Rows here', 'Sum in the source', 'Sum here', 'Changed', 'Deleted', 'Missing', 'Verdict']);
  for (const audit of sourceAudits) {
    const differ = audit.changed + audit.deleted + audit.missing;
    body.append(
      h(
        'tr',
        {},
        headCell(text(audit.sourceSystem)),
        cell(when(audit.at)),
        cell(integer(audit.source.rows)),
        cell(integer(audit.warehouse.rows)),
        cell(sum(audit.source.amount, null)),
        cell(sum(audit.warehouse.amount, null)),
        cell(integer(audit.changed)),
        cell(integer(audit.deleted)),
        cell(integer(audit.missing)),
        cell(differ === 0 ? verdict('good', 'the same') : audit.repaired ? verdict('good', 'put right') : verdict('warn', 'differs: audit and repair')),
      ),
    );
  }
  return card('Audit of the source', 'the facts against the source, block by block', element);
}

function liveCard({ liveAudits }: Overview): HTMLElement {
  if (liveAudits.length === 0) return card('Live audit', null, empty('The live counters were not compared with the facts yet.'));
  const { element, body } = table('Live audit', ['Compares', 'Last time', 'Compared', 'Drift', 'Compared in all', 'Drift in all', 'Last drift', 'Where']);
  for (const check of liveAudits)
    body.append(
      h(
        'tr',
        {},
        headCell(text(check.check === 'minutes' ? 'minutes with facts' : check.check === 'customers' ? 'memory with facts' : check.check)),
        cell(when(check.at)),
        cell(integer(check.compared)),
        cell(check.drift === 0 ? verdict('good', '0') : verdict('warn', integer(check.drift))),
        cell(integer(check.comparedTotal)),
        cell(check.driftTotal === 0 ? verdict('good', '0') : verdict('warn', integer(check.driftTotal))),
        cell(check.driftAt ? when(check.driftAt) : text('never', 'quiet')),
        cell(text(check.sample.slice(0, 2).join(', '), 'quiet')),
      ),
    );
  return card('Live audit', 'counters and what scoring remembers, against the facts; drift must be zero', element);
}
