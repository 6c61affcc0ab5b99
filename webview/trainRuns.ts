/** Runs of Ray Train: their workers, and what the first of them reported, mostly once for each epoch. */
import { html, nothing, type TemplateResult } from 'lit';
import type { LibraryReport, LibraryState } from '../simulator/model/library';
import type { RunView } from '../simulator/model/trace';
import * as format from '../simulator/model/format';
import { nodeOf, reportedNames, stateWord, table, took } from './libraryTable';

type TrainRun = Extract<LibraryState, { library: 'train' }>;

const MOST_REPORTS = 20;

export function trainSummary(run: TrainRun): string {
  const reports = run.reports?.at(-1)?.iterations ?? 0;
  return [
    run.workers.length > 0 ? format.countOf(run.workers.length, 'worker') : '',
    reports > 0 ? format.countOf(reports, 'report') : '',
    run.attempts > 1 ? `attempt ${run.attempts}` : '',
    took(run),
  ]
    .filter((part) => part !== '')
    .join(', ');
}

export function trainTables(run: TrainRun, view: RunView): TemplateResult {
  const workers = run.workers.map((worker) => [
    worker.rank === null ? '' : `rank ${worker.rank}`,
    nodeOf(view, worker.rayNodeId),
    worker.pid === null ? '' : `pid ${worker.pid}`,
    worker.gpuIds.join(', '),
    // Ray calls them dead however they ended.
    stateWord(worker.state === 'DEAD' && run.state === 'FINISHED' ? 'finished' : worker.state),
  ]);
  return html`${workers.length > 0 ? table(['Worker', 'Node', 'Process', 'GPUs', 'State'], workers) : nothing}
  ${run.reports ? reportsTable(run.reports, run.startMs) : nothing}`;
}

/** The newest, in their order: how the numbers went is read from top to bottom. */
function reportsTable(reports: readonly LibraryReport[], startMs: number | null): TemplateResult {
  const shown = reports.slice(-MOST_REPORTS);
  const metrics = reportedNames(shown);
  return table(
    [shown.length < reports.length ? `Last ${shown.length} reports` : 'Report', 'After', ...metrics],
    shown.map((report) => [
      format.count(report.iterations),
      startMs === null ? '' : format.duration(report.timeMs - startMs),
      ...metrics.map((name) => format.measure(report.metrics[name] ?? null)),
    ]),
  );
}
