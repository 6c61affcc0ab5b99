/** Since when the node of a task had CPUs and GPUs for it, as the tasks of a run show it. */
import { KINDS } from '../trace/taskTable';
import type { TraceStore } from '../trace/traceStore';
import { heldCpus } from './capturedTasks';

const CREATION = KINDS.indexOf('actor-creation');
const CALL = KINDS.indexOf('actor-task');

/** Resources are fractions of 1/10,000 that come as 32-bit numbers. */
const NOTHING = 1e-5;

interface Held {
  cpus: number;
  gpus: number;
}

/**
 * By row, for those in `rows` (tasks with a start and an end), the last moment at which others still held what the task then got;
 * -Infinity where it was always free. Tasks that wait in `ray.get` count as holding theirs.
 */
export function roomSinceMs(store: TraceStore, rows: readonly number[]): Float64Array {
  const byNode = new Map<number, number[]>();
  for (const row of rows) {
    const there = byNode.get(store.tasks.node[row]!);
    if (there) there.push(row);
    else byNode.set(store.tasks.node[row]!, [row]);
  }
  const goneMs = actorEnds(store, rows);
  const sinceMs = new Float64Array(store.tasks.size).fill(NaN);
  for (const [node, here] of byNode) ofNode(store, node, here, goneMs, sinceMs);
  return sinceMs;
}

function ofNode(
  store: TraceStore,
  node: number,
  here: readonly number[],
  goneMs: ReadonlyMap<number, number>,
  sinceMs: Float64Array,
): void {
  const { tasks, nodes } = store;
  const { cpus = Infinity, gpus = Infinity } = nodes.get(node) ?? {};
  const used: Held = { cpus: 0, gpus: 0 };
  const lacks = (need: Held): boolean =>
    (need.cpus > 0 && used.cpus + need.cpus > cpus + NOTHING) ||
    (need.gpus > 0 && used.gpus + need.gpus > gpus + NOTHING);
  const endOf = (row: number): number => goneMs.get(tasks.worker[row]!) ?? tasks.endMs[row]!;
  const ends = here.filter((row) => tasks.kind[row] !== CALL).sort((a, b) => endOf(a) - endOf(b));
  const starts = [...here].sort((a, b) => tasks.startMs[a]! - tasks.startMs[b]!);
  /** When each thing that is asked for was last lacking. */
  const lacking = new Map<string, { need: Held; lastMs: number }>();
  for (const row of here) {
    const need = neededBy(store, row);
    lacking.set(`${need.cpus}/${need.gpus}`, { need, lastMs: -Infinity });
  }
  let ended = 0;
  for (const row of starts) {
    const startMs = tasks.startMs[row]!;
    for (; ended < ends.length && endOf(ends[ended]!) <= startMs; ended++) {
      for (const one of lacking.values()) if (lacks(one.need)) one.lastMs = endOf(ends[ended]!);
      const held = heldBy(store, ends[ended]!);
      used.cpus -= held.cpus;
      used.gpus -= held.gpus;
    }
    const need = neededBy(store, row);
    sinceMs[row] = lacks(need) ? startMs : lacking.get(`${need.cpus}/${need.gpus}`)!.lastMs;
    if (tasks.kind[row] === CALL) continue;
    const held = heldBy(store, row);
    used.cpus += held.cpus;
    used.gpus += held.gpus;
  }
}

/** By worker of an actor, when its last call ended. */
function actorEnds({ tasks }: TraceStore, rows: readonly number[]): Map<number, number> {
  const ends = new Map<number, number>();
  for (const row of rows)
    if (tasks.kind[row] === CREATION || tasks.kind[row] === CALL)
      ends.set(tasks.worker[row]!, Math.max(ends.get(tasks.worker[row]!) ?? -Infinity, tasks.endMs[row]!));
  return ends;
}

function heldBy(store: TraceStore, row: number): Held {
  return { cpus: heldCpus(store, row), gpus: store.tasks.gpus[row]! || 0 };
}

/** What has to be free: also one CPU for an actor that then holds none. */
function neededBy(store: TraceStore, row: number): Held {
  const { tasks } = store;
  if (tasks.kind[row] === CALL) return { cpus: 0, gpus: 0 };
  const isUsualActor = tasks.kind[row] === CREATION && Number.isNaN(tasks.cpus[row]!);
  return isUsualActor ? { ...heldBy(store, row), cpus: 1 } : heldBy(store, row);
}
