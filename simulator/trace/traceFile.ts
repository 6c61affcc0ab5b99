/**
 * A run's record on disk: `trace.json.gz`, columns rather than rows so that it packs well. `format` grows when a
 * reader of the one could not read the other; a newer file is refused with words, never misread.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { ActorSummary } from '../model/trace';
import { fail } from '../model/failure';
import { TraceStore, type NodeTrace } from './traceStore';

export const TRACE_FORMAT = 1;

interface TraceFileV1 {
  format: number;
  source: TraceStore['source'];
  functions: string[];
  workers: string[];
  errors: string[];
  ids: string[];
  columns: Record<ColumnName, (number | null)[]>;
  durations: number[][];
  nodes: [number, NodeTrace][];
  actors: ActorSummary[];
  lost: { source: string; count: number; reason: string }[];
}

const COLUMNS = [
  'kind',
  'state',
  'attempts',
  'fn',
  'parent',
  'node',
  'worker',
  'pid',
  'error',
  'gpus',
  'cpuMs',
  'submitMs',
  'startMs',
  'endMs',
] as const;
type ColumnName = (typeof COLUMNS)[number];

/** Written beside and renamed, so that a full disk leaves the old file or none. */
export async function writeTrace(file: string, store: TraceStore): Promise<void> {
  const { tasks } = store;
  const columns = Object.fromEntries(
    COLUMNS.map((name) => [name, Array.from(tasks[name].subarray(0, tasks.size), rounded)]),
  ) as TraceFileV1['columns'];
  const content: TraceFileV1 = {
    format: TRACE_FORMAT,
    source: store.source,
    functions: tasks.functions.values,
    workers: tasks.workers.values,
    errors: tasks.errors.values,
    ids: tasks.ids,
    columns,
    durations: store.durations.map((values) => (values ?? []).map((value) => rounded(value) ?? 0)),
    nodes: [...store.nodes],
    actors: [...store.actors.values()],
    lost: [...store.lost.values()],
  };
  const packed = await promisify(gzip)(JSON.stringify(content));
  await writeFile(`${file}.half`, packed, { mode: 0o600 });
  await rename(`${file}.half`, file);
}

/** Fails as `trace-unreadable`. */
export async function readTrace(file: string): Promise<TraceStore> {
  let content: TraceFileV1;
  try {
    content = JSON.parse((await promisify(gunzip)(await readFile(file))).toString('utf8')) as TraceFileV1;
  } catch (error) {
    return fail({ code: 'trace-unreadable', path: file, detail: (error as Error).message });
  }
  if (content.format !== TRACE_FORMAT) {
    fail({
      code: 'trace-unreadable',
      path: file,
      detail: `It is of format ${content.format}; this version of Heliostat reads format ${TRACE_FORMAT}.`,
    });
  }
  try {
    return restore(content);
  } catch (error) {
    return fail({ code: 'trace-unreadable', path: file, detail: (error as Error).message });
  }
}

function restore(content: TraceFileV1): TraceStore {
  const store = new TraceStore();
  const { tasks } = store;
  store.source = content.source;
  content.functions.forEach((value) => tasks.functions.of(value));
  content.workers.forEach((value) => tasks.workers.of(value));
  content.errors.forEach((value) => tasks.errors.of(value));
  content.ids.forEach((id, row) => {
    tasks.row(id);
    for (const name of COLUMNS) tasks[name][row] = content.columns[name][row] ?? NaN;
  });
  content.durations.forEach((values, fn) => (store.durations[fn] = values));
  for (const [index, node] of content.nodes) store.nodes.set(index, node);
  for (const actor of content.actors) store.actors.set(actor.id, actor);
  for (const lost of content.lost) store.lost.set(`${lost.source} ${lost.reason}`, lost);
  return store;
}

/** Microseconds are all that the probe measures; JSON has no NaN. */
function rounded(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 1000) / 1000;
}
