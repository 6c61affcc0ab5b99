/** A trace file that somebody opened, as a run: what its trace tells of it, and nothing more. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { RunInfo, RunState } from '../model/run';
import { NONE, STATES } from '../trace/taskTable';
import type { TraceStore } from '../trace/traceStore';

/** The same for the same place. */
export function openedId(file: string): string {
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 10);
  return `file-${hash}`;
}

export function openedRun(file: string, store: TraceStore): RunInfo {
  const driver = driverRow(store);
  const known = (value: number | undefined): number | null =>
    value === undefined || Number.isNaN(value) ? null : value;
  const span = spanOf(store);
  const startMs = known(store.tasks.startMs[driver]) ?? span.fromMs;
  return {
    id: openedId(file),
    script: file,
    workingDir: path.dirname(file),
    args: [],
    clusterId: null,
    clusterName: null,
    backend: null,
    state: stateOf(store, driver),
    submissionId: null,
    jobId: null,
    createdMs: startMs,
    startMs,
    endMs: Math.max(known(store.tasks.endMs[driver]) ?? span.toMs, startMs),
    exitCode: null,
    notices:
      store.source === 'simulation'
        ? []
        : ['This is a trace file: it has the tasks and what was measured, without the output.'],
    problems: [],
    taskCounts: store.counts(),
  };
}

function driverRow({ tasks }: TraceStore): number {
  for (let row = 0; row < tasks.size; row++) if (tasks.isDriver(row)) return row;
  return NONE;
}

function stateOf({ tasks }: TraceStore, driver: number): RunState {
  if (driver === NONE || STATES[tasks.state[driver]!] !== 'failed') return { kind: 'succeeded' };
  const error = tasks.errorOf(driver);
  return { kind: 'failed', failure: { code: 'run-failed', exitCode: 1, error } };
}

function spanOf({ tasks }: TraceStore): { fromMs: number; toMs: number } {
  let fromMs = Infinity;
  let toMs = -Infinity;
  for (let row = 0; row < tasks.size; row++) {
    if (tasks.startMs[row]! < fromMs) fromMs = tasks.startMs[row]!;
    if (tasks.endMs[row]! > toMs) toMs = tasks.endMs[row]!;
  }
  return Number.isFinite(fromMs) ? { fromMs, toMs: Math.max(fromMs, toMs) } : { fromMs: 0, toMs: 0 };
}
