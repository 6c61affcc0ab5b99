/** Mistakes in how work is cut and what it asks for: tasks too small, one actor for all, `num_cpus` that lies. */
import type { Finding } from '../model/finding';
import { duration } from '../model/format';
import { waitedMs } from './dataEdges';
import { functionKey } from './functionStats';
import { Sketch } from './sketch';
import { keyId, shortName } from './summary';
import { KINDS, NONE } from './taskTable';
import type { TraceStore } from './traceStore';

const TASK = KINDS.indexOf('task');
const ACTOR_TASK = KINDS.indexOf('actor-task');
/** So many tasks say enough of how the others went. */
const SAMPLE = 50_000;
const TINY_MS = 10;
const TINY_TASKS = 100;
const ACTOR_CALLS = 20;
const ACTOR_BUSY = 0.9;
const ACTOR_MS = 500;
const CPU_TASKS = 4;
const CPU_TASK_MS = 50;
const CPU_TOTAL_MS = 1000;

/**
 * Tasks under 10 ms between which more time passes than they take: on a worker, from the end of one to the start of the
 * next that was ready before that end.
 */
export function tinyTasks(store: TraceStore): Finding[] {
  const { tasks } = store;
  const order: number[] = [];
  for (let row = 0; row < tasks.size && order.length < SAMPLE; row++)
    if (tasks.kind[row] === TASK && tasks.worker[row] !== NONE && tasks.endMs[row]! > 0) order.push(row);
  order.sort((a, b) => tasks.worker[a]! - tasks.worker[b]! || tasks.startMs[a]! - tasks.startMs[b]!);
  const gaps = new Map<number, Sketch>();
  for (let at = 1; at < order.length; at++) {
    const [before, row] = [order[at - 1]!, order[at]!];
    const isNext =
      tasks.worker[before] === tasks.worker[row] && functionKey(tasks, before) === functionKey(tasks, row);
    if (!isNext || !(tasks.submitMs[row]! < tasks.endMs[before]!)) continue;
    const key = functionKey(tasks, row);
    let sketch = gaps.get(key);
    if (!sketch) gaps.set(key, (sketch = new Sketch()));
    sketch.add(Math.max(0, tasks.startMs[row]! - tasks.endMs[before]!));
  }
  return store.stats.all().flatMap((stats): Finding[] => {
    const p50Ms = stats.durations.percentile(0.5) ?? Infinity;
    const gapMs = gaps.get(functionKey(tasks, stats.row))?.percentile(0.5) ?? 0;
    if (stats.durations.count < TINY_TASKS || p50Ms >= TINY_MS || gapMs <= p50Ms) return [];
    const name = shortName(tasks.functions.values[tasks.fn[stats.row]!]!);
    const batch = Math.max(2, Math.ceil((20 * gapMs) / Math.max(p50Ms, 0.01)));
    return [
      {
        kind: 'tiny-tasks',
        function: keyId(tasks, functionKey(tasks, stats.row)),
        site: tasks.sites.site(tasks.site[stats.row]!),
        words:
          `Half of the ${stats.durations.count} tasks of \`${name}\` take under ${duration(p50Ms)}, but ${duration(gapMs)} pass on a worker ` +
          `from one to the next: starting them costs more than they do. Let each task do more, for instance ${niceBatch(batch)} items.`,
        evidence: { tasks: stats.durations.count, p50Ms: round(p50Ms), gapMs: round(gapMs) },
      },
    ];
  });
}

interface ActorLoad {
  row: number;
  calls: number;
  busyMs: number;
  firstMs: number;
  lastMs: number;
  durations: Sketch;
  waits: Sketch;
}

/** An actor that works all the time while its calls wait much longer than they take. */
export function busyActors(store: TraceStore): Finding[] {
  const { tasks, edges } = store;
  const actors = new Map<number, ActorLoad>();
  for (let row = 0; row < tasks.size; row++) {
    const startMs = tasks.startMs[row]!;
    const endMs = tasks.endMs[row]!;
    if (
      tasks.kind[row] !== ACTOR_TASK ||
      edges.count(row) === 0 ||
      Number.isNaN(startMs) ||
      Number.isNaN(endMs)
    )
      continue;
    const actor = edges.task[edges.first(row)]!;
    let load = actors.get(actor);
    if (!load) {
      load = {
        row,
        calls: 0,
        busyMs: 0,
        firstMs: Infinity,
        lastMs: 0,
        durations: new Sketch(),
        waits: new Sketch(),
      };
      actors.set(actor, load);
    }
    load.calls++;
    load.busyMs += endMs - startMs;
    load.firstMs = Math.min(load.firstMs, startMs);
    load.lastMs = Math.max(load.lastMs, endMs);
    load.durations.add(endMs - startMs);
    const ms = waitedMs(store, row);
    if (!Number.isNaN(ms)) load.waits.add(ms);
  }
  return [...actors.values()].flatMap((load): Finding[] => {
    const spanMs = load.lastMs - load.firstMs;
    const p50Ms = load.durations.percentile(0.5)!;
    const waitMs = load.waits.percentile(0.5) ?? 0;
    const isBusy = load.calls >= ACTOR_CALLS && spanMs >= ACTOR_MS && load.busyMs >= ACTOR_BUSY * spanMs;
    if (!isBusy || waitMs < 5 * p50Ms) return [];
    const busyPct = Math.min(100, Math.round((100 * load.busyMs) / spanMs));
    const name = shortName(tasks.functions.values[tasks.fn[load.row]!] ?? '?');
    return [
      {
        kind: 'busy-actor',
        function: keyId(tasks, functionKey(tasks, load.row)),
        site: tasks.sites.site(tasks.site[load.row]!),
        words:
          `One actor is the bottleneck: it was busy ${busyPct} % of ${duration(spanMs)}, and half of its ${load.calls} calls ` +
          `waited over ${duration(waitMs)} for their turn (\`${name}\` takes ${duration(p50Ms)}). ` +
          'Spread the calls over several actors, let it run several at a time (max_concurrency), or move work out of it.',
        evidence: {
          calls: load.calls,
          busyPct,
          p50Ms: round(p50Ms),
          waitMs: round(waitMs),
          spanMs: round(spanMs),
        },
      },
    ];
  });
}

/** CPU time far above or below `num_cpus`, over all tasks of a function; what a task spends in `ray.get` does not count. */
export function cpuLies(store: TraceStore): Finding[] {
  const { tasks, waits } = store;
  const blocked = new Map<number, number>();
  for (let row = 0; row < waits.size; row++) {
    const task = waits.task[row]!;
    blocked.set(task, (blocked.get(task) ?? 0) + Math.max(0, waits.endMs[row]! - waits.startMs[row]!));
  }
  const used = new Map<
    number,
    { row: number; tasks: number; wallMs: number; cpuMs: number; delayMs: number }
  >();
  for (let row = 0; row < tasks.size; row++) {
    const isMeasured =
      tasks.cpuMs[row]! >= 0 && tasks.cpus[row]! > 0 && tasks.kind[row] === TASK && tasks.gpus[row] === 0;
    if (!isMeasured) continue;
    const key = functionKey(tasks, row);
    const sum = used.get(key) ?? { row, tasks: 0, wallMs: 0, cpuMs: 0, delayMs: 0 };
    sum.tasks++;
    sum.wallMs += Math.max(0, tasks.endMs[row]! - tasks.startMs[row]! - (blocked.get(row) ?? 0));
    const allMs = tasks.processCpuMs[row]!;
    sum.cpuMs += Number.isNaN(allMs) ? tasks.cpuMs[row]! : allMs;
    sum.delayMs += tasks.runDelayMs[row]! || 0;
    used.set(key, sum);
  }
  return [...used.entries()].flatMap(([key, sum]) => cpuLie(store, key, sum));
}

function cpuLie(
  { tasks }: TraceStore,
  key: number,
  {
    row,
    tasks: count,
    wallMs,
    cpuMs,
    delayMs,
  }: { row: number; tasks: number; wallMs: number; cpuMs: number; delayMs: number },
): Finding[] {
  // Time without a CPU is the machine's doing, not the task's.
  const ranMs = wallMs - Math.min(delayMs, wallMs * 0.95);
  if (count < CPU_TASKS || wallMs < CPU_TOTAL_MS || wallMs / count < CPU_TASK_MS) return [];
  const asked = tasks.cpus[row]!;
  const busy = cpuMs / ranMs;
  const isFew = busy > asked * 1.5;
  if (!isFew && busy > asked * 0.25) return [];
  const name = shortName(keyId(tasks, key));
  const figures = `\`${name}\` asks for ${amount(asked)} CPU${asked === 1 ? '' : 's'} and uses ${amount(busy)} (${count} tasks)`;
  return [
    {
      kind: isFew ? 'cpus-too-few' : 'cpus-too-many',
      function: keyId(tasks, key),
      site: tasks.sites.site(tasks.site[row]!),
      words: isFew
        ? `${figures}: a library computes in threads of its own, and tasks on one node take the CPU from each other. ` +
          `Say \`num_cpus=${Math.ceil(busy)}\`, or hold the library to one thread (OMP_NUM_THREADS).`
        : `${figures}: it mostly waits, and holds CPUs that others could use. ` +
          `With \`num_cpus=${amount(Math.max(0.1, busy))}\` more of them run side by side.`,
      evidence: { tasks: count, askedCpus: round(asked), usedCpus: round(busy) },
    },
  ];
}

function amount(cpus: number): string {
  return cpus >= 10 ? String(Math.round(cpus)) : String(Number(cpus.toFixed(cpus < 1 ? 2 : 1)));
}

function niceBatch(size: number): number {
  const scale = 10 ** Math.floor(Math.log10(size));
  return Math.ceil(size / scale) * scale;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
