/** The end of a run: one object for programs, a few lines for people. */
import type { Failure } from '../model/failure';
import type { TraceMark } from '../model/fault';
import type { RunInfo } from '../model/run';
import type { RunView } from '../model/trace';
import { bytes, countOf, duration, percent } from '../model/format';
import { table } from './table';
import { style } from './terminal';

/** What `--json` prints. Times in ms, sizes in bytes; null is unknown. */
export interface RunSummary {
  run: string;
  script: string;
  state: string;
  exitCode: number | null;
  failure: Failure | null;
  wallMs: number | null;
  cluster: { id: string | null; backend: string | null; nodes: number };
  functions: {
    name: string;
    kind: string;
    count: number;
    failed: number;
    p50Ms: number | null;
    p95Ms: number | null;
  }[];
  nodes: {
    index: number;
    name: string;
    peakCpuPct: number | null;
    peakMemoryBytes: number | null;
    gpusSimulated: boolean;
  }[];
  notices: string[];
  problems: RunInfo['problems'];
  source: RunView['source'];
  lost: RunView['lost'];
  notes: RunView['notes'];
}

export function summarise(view: RunView): RunSummary {
  const { run } = view;
  return {
    run: run.id,
    script: run.script,
    state: run.state.kind,
    exitCode: run.exitCode,
    failure: run.state.kind === 'failed' ? run.state.failure : null,
    wallMs: wallMs(run),
    cluster: { id: run.clusterId, backend: run.backend, nodes: view.nodes.length },
    functions: view.functions
      .filter((fn) => fn.kind !== 'driver')
      .map((fn) => ({
        name: fn.name,
        kind: fn.kind,
        count: fn.counts.total,
        failed: fn.counts.failed,
        p50Ms: fn.p50Ms,
        p95Ms: fn.p95Ms,
      })),
    nodes: view.nodes.map((node) => ({
      index: node.nodeIndex,
      name: node.name,
      peakCpuPct: node.peakCpuPct,
      peakMemoryBytes: node.peakMemoryBytes,
      gpusSimulated: node.gpusSimulated,
    })),
    notices: run.notices,
    problems: run.problems,
    source: view.source,
    lost: view.lost,
    notes: view.notes,
  };
}

/** For people: how it ended, what ran, and how busy each node was. */
export function describe(view: RunView): string {
  const { run } = view;
  const { total, failed } = run.taskCounts;
  const words = { succeeded: 'finished', failed: 'failed', cancelled: 'was cancelled' } as Record<
    string,
    string
  >;
  const colour = run.state.kind === 'succeeded' ? 'green' : run.state.kind === 'failed' ? 'red' : 'yellow';
  const failures = failed > 0 ? `, ${failed} failed` : '';
  const parts = [
    style(
      `${run.id} ${words[run.state.kind] ?? run.state.kind} after ${duration(wallMs(run))}: ${countOf(total, 'task')}${failures}, ${countOf(view.nodes.length, 'node')}`,
      colour,
    ),
  ];
  const functions = view.functions.filter((fn) => fn.kind !== 'driver');
  if (functions.length > 0) parts.push('', functionTable(functions));
  if (view.nodes.length > 0) parts.push('', nodeTable(view.nodes));
  if (view.marks.length > 0) parts.push('', ...view.marks.map((mark) => markLine(mark, run.startMs)));
  for (const lost of view.lost)
    parts.push(style(`${lost.count} records are missing: ${lost.reason}.`, 'yellow'));
  for (const note of view.notes) parts.push(style(note, 'yellow'));
  return parts.join('\n');
}

/** `at 5.2 s: node 1 was killed. 3 tasks ran there.` */
function markLine({ timeMs, words, runningTasks }: TraceMark, startMs: number | null): string {
  const at = startMs === null ? '' : `at ${duration(Math.max(0, timeMs - startMs))}: `;
  const hit = runningTasks > 0 ? ` ${countOf(runningTasks, 'task')} ran there.` : '';
  return style(`${at}${words}${hit}`, 'yellow');
}

export function wallMs(run: RunInfo): number | null {
  return run.startMs !== null && run.endMs !== null ? run.endMs - run.startMs : null;
}

function functionTable(functions: RunView['functions']): string {
  return table(
    ['function', 'kind', 'tasks', 'failed', 'half under', '95 % under'],
    functions.map((fn) => [
      fn.name,
      fn.kind.replace('-', ' '),
      String(fn.counts.total),
      fn.counts.failed > 0 ? String(fn.counts.failed) : '',
      duration(fn.p50Ms),
      duration(fn.p95Ms),
    ]),
    [2, 3, 4, 5],
  );
}

function nodeTable(nodes: RunView['nodes']): string {
  return table(
    ['node', 'CPUs', 'GPUs', 'tasks', 'peak CPU', 'peak memory'],
    nodes.map((node) => [
      node.name,
      String(node.cpus),
      node.gpus > 0 ? `${node.gpus}${node.gpusSimulated ? ' (simulated)' : ''}` : '',
      String(node.tasksRun),
      percent(node.peakCpuPct),
      bytes(node.peakMemoryBytes),
    ]),
    [1, 3, 4, 5],
  );
}
