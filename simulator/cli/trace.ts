/** `heliostat trace | compare`. */
import path from 'node:path';
import type { EngineConnection } from '../client/connection';
import { fail } from '../model/failure';
import type { ComparedFunction, FunctionPhases, RunComparison } from '../model/comparison';
import type { Finding } from '../model/finding';
import { functionEdges } from '../model/runGraph';
import { isEnded } from '../model/run';
import type { ExportFormat, RunView } from '../model/trace';
import { findRun } from './findRun';
import { bytes, countOf, duration } from '../model/format';
import { table } from './table';
import { withEngine } from './session';
import { describe, summarise } from './summary';
import { EXIT, print, say, style } from './terminal';

const PAGE_OF_TASKS = 2000;

export interface TraceArgs {
  json: boolean;
  perfetto?: string;
  otlp?: string;
  csv?: string;
}

/** Prints what is recorded of a run, or writes it to files in formats of others. */
export function showTrace(wanted: string, options: TraceArgs): Promise<number> {
  return withEngine(async (engine) => {
    const { id } = await findRun(engine, wanted);
    const files = (['perfetto', 'otlp', 'csv'] as const).flatMap((format) => {
      const file = options[format];
      return file === undefined ? [] : [{ format, file }];
    });
    for (const { format, file } of files) await writeFile(engine, id, format, file);
    if (options.json) await printAll(engine, id);
    else if (files.length === 0) {
      const view = await viewOf(engine, id);
      await print(
        `${[describe(view), ...countNotes(view), ...view.findings.map(findingLines)].join('\n')}\n`,
      );
    }
    return EXIT.ok;
  });
}

export function compareRuns(a: string, b: string, options: { json: boolean }): Promise<number> {
  return withEngine(async (engine) => {
    const [before, after] = [await findRun(engine, a), await findRun(engine, b)];
    const comparison = await engine.request('runs.compare', { a: before.id, b: after.id });
    await print(`${options.json ? JSON.stringify(comparison, null, 2) : describeComparison(comparison)}\n`);
    return EXIT.ok;
  });
}

async function writeFile(
  engine: EngineConnection,
  id: string,
  format: ExportFormat,
  file: string,
): Promise<void> {
  const full = path.resolve(file);
  const { sizeBytes } = await engine.request('runs.export', { id, format, path: full });
  say(`Wrote ${full} (${bytes(sizeBytes)}).`);
}

/** Tasks in pages, so that a run of any size can be printed. */
async function printAll(engine: EngineConnection, id: string): Promise<void> {
  const view = await viewOf(engine, id);
  const { run, functions, nodes, lost, notes, ...rest } = summarise(view);
  const { waits, findings, marks, accounts } = view;
  const head = {
    run,
    ...rest,
    functions,
    nodes,
    dataEdges: functionEdges(view.graph).dataEdges,
    waits,
    findings,
    marks,
    lost: { ...accounts, reasons: lost, notes: [...notes, ...countNotes(view)] },
  };
  await print(`${JSON.stringify(head).slice(0, -1)},"tasks":[`);
  for (let from = 0, total = 1; from < total; from += PAGE_OF_TASKS) {
    const page = await engine.request('runs.tasks', { id, from, limit: PAGE_OF_TASKS });
    total = page.total;
    const rows = page.tasks.map((task) => JSON.stringify(task)).join(',\n');
    await print(`${from > 0 ? ',' : ''}\n${rows}`);
  }
  await print('\n]}\n');
}

async function viewOf(engine: EngineConnection, id: string) {
  return (await engine.request('runs.view', { id, whole: true })) ?? fail({ code: 'run-not-found', id });
}

/** Ray is asked for its count just after a run's end, and what Ray does not answer stays unknown. */
function countNotes({ run, accounts }: RunView): string[] {
  if (!isEnded(run.state) || run.jobId === null || accounts.countedByRay !== null) return [];
  return [
    'Ray’s own count of the tasks is not known (right after a run’s end: not yet), so tasks may be missing unseen.',
  ];
}

function findingLines({ words, site }: Finding): string {
  return `\n${style('!', 'yellow')} ${site ? `${site.file}:${site.line}: ` : ''}${words}`;
}

function describeComparison({ a, b, functions, cluster }: RunComparison): string {
  const header = ['function', 'tasks', 'half under', '95 % under', 'queued', 'fetched', 'what changed'];
  const parts = [
    `${a.run} took ${duration(a.wallMs)} for ${countOf(a.counts.total, 'task')}, ${b.run} ${duration(b.wallMs)} for ${countOf(b.counts.total, 'task')}.`,
    '',
    table(header, functions.map(comparedRow), [1, 2, 3, 4, 5]),
  ];
  if (cluster.length > 0) parts.push('', ...cluster.map((one) => `${one.what}: ${one.a} → ${one.b}`));
  for (const side of [a, b])
    if (side.lost > 0)
      parts.push(style(`${countOf(side.lost, 'record')} of ${side.run} are missing.`, 'yellow'));
  return parts.join('\n');
}

function comparedRow({ name, a, b, why }: ComparedFunction): string[] {
  const both = (read: (phases: FunctionPhases) => string) => {
    const [before, after] = [a ? read(a) : '–', b ? read(b) : '–'];
    return before === after ? before : `${before} → ${after}`;
  };
  const words = { queue: 'waits in the queue', fetch: 'fetches its arguments', run: 'runs' };
  return [
    name,
    both((one) => String(one.count)),
    both((one) => duration(one.p50Ms)),
    both((one) => duration(one.p95Ms)),
    both((one) => duration(one.queueP50Ms)),
    both((one) => duration(one.fetchP50Ms)),
    why
      ? `${words[why.part]} ${duration(Math.abs(why.changeMs))} ${why.changeMs > 0 ? 'longer' : 'less'}`
      : '',
  ];
}
