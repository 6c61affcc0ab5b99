/** What to change in the code or in Ray's settings, each with what it would give at the largest size. */
import { countOf, duration } from '../model/format';
import type { Advice } from '../model/scaling';
import type { Middle } from './forecast';
import { isOfStream } from './readers';
import { nodeCount, totalOf } from './simCluster';
import type { SimInput, SimResult } from './simInput';
import { simulate } from './simulation';
import { NONE, STEP, type TaskGraph } from './taskGraph';

const LEAST_GAIN_PCT = 5;
const MAX_LINES = 3;
const SHORT_MS = 10;

/** From the replay at that size. */
export function adviseOn({ input, result: base }: Middle, nodes: number): Advice[] {
  const { graph } = input.prepared;
  if (!(base.timeMs > 0)) return [];
  const gainOf = (timeMs: number) => ((base.timeMs - timeMs) / base.timeMs) * 100;
  const advice = [
    ...waitingLines(graph, input, base, nodes, gainOf),
    ...rampUp(input, nodes, gainOf),
    ...grain(graph, totalOf(input.cluster, 'cpus'), base.timeMs, nodes),
  ];
  return advice.filter(({ gainPct }) => gainPct >= LEAST_GAIN_PCT).sort((a, b) => b.gainPct - a.gainPct);
}

/** Lines at which the driver waits while it could submit more: what the run takes when they do not hold it up. */
function waitingLines(
  graph: TaskGraph,
  input: SimInput,
  base: SimResult,
  nodes: number,
  gainOf: (timeMs: number) => number,
): Advice[] {
  const waited = new Map<string, { ms: number; times: number; isGet: boolean }>();
  const lastSubmit = lastSubmission(graph);
  const ofLibraries = libraryLines(graph);
  for (let step = 0; step < lastSubmit; step++) {
    if (graph.stepKind[step] === STEP.submit || isOfStream(graph, step)) continue;
    const where = graph.stepWhere[step] ?? '';
    if (ofLibraries.has(where)) continue;
    const line = waited.get(where) ?? { ms: 0, times: 0, isGet: graph.stepKind[step] === STEP.get };
    line.ms += base.driverWaitMs[step]!;
    line.times++;
    waited.set(where, line);
  }
  return [...waited]
    .sort(([, a], [, b]) => b.ms - a.ms)
    .slice(0, MAX_LINES)
    .map(([where, { ms, times, isGet }]) => {
      const freed = withoutWaits(graph, where, lastSubmit);
      const { timeMs } = simulate({ ...input, prepared: { ...input.prepared, graph: freed } });
      const call = isGet ? 'ray.get' : 'ray.wait';
      const how =
        times > 1 ? `waits ${times} times before more is submitted` : 'waits before more is submitted';
      return {
        text: `${call}${where ? ` at ${where}` : ''} ${how}, ${duration(ms)} in all on ${countOf(nodes, 'node')}. Submit first and wait afterwards, or keep more tasks under way.`,
        where: where || null,
        gainPct: gainOf(timeMs),
        nodes,
      };
    });
}

/** Lines in which one of Ray's libraries submits, and waits as it sees fit: nobody else can change that. */
function libraryLines(graph: TaskGraph): Set<string | null> {
  const lines = new Set<string | null>();
  for (let step = 0; step < graph.programStart[1]!; step++) {
    if (graph.stepKind[step] !== STEP.submit) continue;
    if (graph.functions[graph.fn[graph.stepArg[step]!]!]!.library !== undefined)
      lines.add(graph.stepWhere[step]!);
  }
  return lines;
}

function lastSubmission(graph: TaskGraph): number {
  let last = 0;
  for (let step = 0; step < graph.programStart[1]!; step++)
    if (graph.stepKind[step] === STEP.submit) last = step;
  return last;
}

/** The same graph in which the driver goes on at a line without waiting. */
function withoutWaits(graph: TaskGraph, where: string, until: number): TaskGraph {
  const stepKind = graph.stepKind.slice();
  const stepArg = graph.stepArg.slice();
  const nothing = graph.waitStart.length - 1;
  for (let step = 0; step < until; step++) {
    if (stepKind[step] === STEP.submit || isOfStream(graph, step) || (graph.stepWhere[step] ?? '') !== where)
      continue;
    stepKind[step] = STEP.join;
    stepArg[step] = nothing;
  }
  const waitStart = new Int32Array(graph.waitStart.length + 1);
  waitStart.set(graph.waitStart);
  waitStart[graph.waitStart.length] = graph.waitTasks.length;
  return { ...graph, stepKind, stepArg, waitStart };
}

/** Ray asks for at most as many workers of one function at a time as there are nodes: ray-project/ray#61004. */
function rampUp(input: SimInput, nodes: number, gainOf: (timeMs: number) => number): Advice[] {
  const { cluster } = input;
  if (input.costs.reportPeriodMs === 0) return [];
  const slots = totalOf(cluster, 'cpus');
  const window = Math.max(input.costs.leaseWindow, nodeCount(cluster));
  const rounds = Math.ceil(slots / window);
  const { timeMs } = simulate({ ...input, costs: { ...input.costs, leaseWindow: slots } });
  return [
    {
      text: `Ray asks for at most ${window} workers of one function at a time, so ${slots.toLocaleString('en')} CPUs fill in ${rounds} rounds. Set RAY_max_pending_lease_requests_per_scheduling_category=${slots} for the driver and RAY_worker_cap_enabled=0 on the nodes.`,
      where: null,
      gainPct: gainOf(timeMs),
      nodes,
    },
  ];
}

/** Tasks that are too short to be worth a submission each, or too few to fill the cluster. */
function grain(graph: TaskGraph, cpus: number, timeMs: number, nodes: number): Advice[] {
  const count = new Float64Array(graph.functions.length);
  const sumMs = new Float64Array(graph.functions.length);
  for (let task = 0; task < graph.size; task++) {
    if (graph.actor[task] !== NONE) continue;
    count[graph.fn[task]!]!++;
    sumMs[graph.fn[task]!]! += graph.durationMs[task]!;
  }
  return graph.functions.flatMap(({ name, where }, fn): Advice[] => {
    const meanMs = sumMs[fn]! / count[fn]!;
    if (count[fn]! >= 1000 && meanMs < SHORT_MS) {
      const text = `${name} runs ${count[fn]!.toLocaleString('en')} times for ${duration(meanMs)}: Ray's own cost is as large. Give each task a batch of items.`;
      return [{ text, where, gainPct: share(count[fn]! * 0.2, timeMs), nodes }];
    }
    if (count[fn]! > 1 && count[fn]! < cpus && meanMs > 100) {
      const idle = share((meanMs * (cpus - count[fn]!)) / cpus, timeMs);
      const text = `${name} has ${count[fn]} tasks for ${countOf(cpus, 'CPU')}: split them, and more CPUs help.`;
      return [{ text, where, gainPct: idle, nodes }];
    }
    return [];
  });
}

function share(ms: number, ofMs: number): number {
  return Math.min(100, (ms / ofMs) * 100);
}
