/** What a bottleneck is about, in words: the function, the line or the resource. */
import { countOf, seconds } from '../model/format';
import { LIBRARY_TITLES, type LibraryName } from '../model/library';
import type { BottleneckName } from '../model/scaling';
import type { CriticalPath } from './bounds';
import type { Prepared } from './prepared';
import { ingestTasks } from './readers';
import type { SimResult } from './simInput';
import { heldShape, NONE, STEP, type TaskGraph } from './taskGraph';

export function whereOf(
  name: BottleneckName,
  prepared: Prepared,
  base: SimResult,
  path: CriticalPath,
): string {
  const { graph } = prepared;
  const cpuMs = (task: number) => graph.durationMs[task]! * heldShape(graph, task).cpus;
  switch (name) {
    case 'CPU':
      return largestShare(graph, cpuMs, 'CPU time');
    case 'ingest': {
      const ingest = ingestTasks(prepared);
      return largestShare(graph, (task) => ingest[task]! * cpuMs(task), 'CPU time that feeds GPUs');
    }
    case 'GPU':
      return largestShare(graph, (task) => graph.durationMs[task]! * heldShape(graph, task).gpus, 'GPU time');
    case 'network':
      return largestShare(
        graph,
        (task) => (base.node[task] === NONE ? 0 : graph.outputBytes[task]!),
        'bytes',
      );
    case 'spill':
      return largestShare(graph, (task) => graph.outputBytes[task]!, 'object store');
    case 'driver':
      return driverWhere(graph, base);
    case 'ramp-up':
      return base.coldStarts > 0
        ? `${countOf(base.coldStarts, 'worker process', 'worker processes')} to start`
        : 'Ray hands out workers a few at a time';
    case 'critical path':
      return chainWords(graph, path);
  }
}

/** `decode (62 % of the CPU time)`. */
function largestShare(graph: TaskGraph, weight: (task: number) => number, of: string): string {
  const { fn, share } = heaviest(graph, weight);
  return share > 0 ? `${named(graph, fn)} (${Math.round(share * 100)} % of the ${of})` : '';
}

/** The function whose tasks weigh most together, and its share; the share is 0 where none weighs anything. */
export function heaviest(graph: TaskGraph, weight: (task: number) => number): { fn: number; share: number } {
  const sums = new Float64Array(graph.functions.length);
  let total = 0;
  for (let task = 0; task < graph.size; task++) {
    const amount = weight(task);
    sums[graph.fn[task]!]! += amount;
    total += amount;
  }
  const fn = sums.indexOf(Math.max(...sums));
  return { fn, share: total > 0 ? sums[fn]! / total : 0 };
}

function driverWhere(graph: TaskGraph, base: SimResult): string {
  const steps = graph.programStart[1]!;
  let ownMs = graph.driverTailMs;
  let longest = NONE;
  for (let step = 0; step < steps; step++) {
    ownMs += graph.stepMs[step]!;
    const isInside = step < steps - 1 && base.driverWaitMs[step]! > 0;
    if (isInside && (longest === NONE || base.driverWaitMs[step]! > base.driverWaitMs[longest]!))
      longest = step;
  }
  const at = longest === NONE ? null : graph.stepWhere[longest]!;
  const words = `${submissionWords(graph)}, ${seconds(ownMs)} of the driver's own`;
  return at === null ? words : `${words}; it waits longest at ${at}`;
}

/** Their own functions, and what no line of the script submits, Ray's libraries do where there are some. */
function submissionWords(graph: TaskGraph): string {
  const libraries = new Set<LibraryName>();
  let own = 0;
  let others = 0;
  for (let step = 0; step < graph.programStart[1]!; step++) {
    if (graph.stepKind[step] !== STEP.submit) continue;
    const { library } = graph.functions[graph.fn[graph.stepArg[step]!]!]!;
    if (library !== undefined) libraries.add(library);
    if (library !== undefined || graph.stepWhere[step] === null) others++;
    else own++;
  }
  if (libraries.size === 0) return `${countOf(own + others, 'submission')} one after another`;
  const names = [...libraries].map((name) => LIBRARY_TITLES[name]).join(' and ');
  const started = `${names} ${libraries.size === 1 ? 'starts' : 'start'} ${countOf(others, 'task or actor', 'tasks and actors')}`;
  return own === 0 ? started : `${countOf(own, 'submission')} one after another, ${started}`;
}

/** `load → train ×40 → report`. */
function chainWords(graph: TaskGraph, path: CriticalPath): string {
  const parts: { fn: number; count: number }[] = [];
  for (const task of path.tasks) {
    const last = parts.at(-1);
    if (last && last.fn === graph.fn[task]) last.count++;
    else parts.push({ fn: graph.fn[task]!, count: 1 });
  }
  const words = parts.map(({ fn, count }) => `${named(graph, fn)}${count > 1 ? ` ×${count}` : ''}`);
  return words.length <= 6 ? words.join(' → ') : [...words.slice(0, 3), '…', ...words.slice(-2)].join(' → ');
}

function named(graph: TaskGraph, fn: number): string {
  const { name, where } = graph.functions[fn]!;
  return where === null ? name : `${name} (${where})`;
}
