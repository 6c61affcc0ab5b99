/** Since when the node of a task had CPUs for it, as the tasks of a run show it. */
import { KINDS } from '../trace/taskTable';
import type { TraceStore } from '../trace/traceStore';

const CREATION = KINDS.indexOf('actor-creation');
const CALL = KINDS.indexOf('actor-task');

/** CPUs are fractions of 1/10,000 that come as 32-bit numbers. */
const NOTHING = 1e-5;

/**
 * By row of `rows` (tasks with a start and an end), the last moment at which others still held the CPUs that the task then
 * got; -Infinity where they were always free. Tasks that wait in `ray.get` count as holding theirs.
 */
export function roomSinceMs(store: TraceStore, rows: readonly number[]): Map<number, number> {
  const { tasks, nodes } = store;
  const goneMs = actorEnds(store, rows);
  const byNode = new Map<number, number[]>();
  for (const row of rows) {
    const there = byNode.get(tasks.node[row]!);
    if (there) there.push(row);
    else byNode.set(tasks.node[row]!, [row]);
  }
  const since = new Map<number, number>();
  for (const [node, here] of byNode) {
    const holders = here.filter((row) => tasks.kind[row] !== CALL && heldCpus(store, row) > 0);
    const endOf = (row: number): number => goneMs.get(tasks.worker[row]!) ?? tasks.endMs[row]!;
    const ends = holders.sort((a, b) => endOf(a) - endOf(b));
    const starts = here.sort((a, b) => tasks.startMs[a]! - tasks.startMs[b]!);
    const cpus = nodes.get(node)?.cpus ?? Infinity;
    const lastFullMs = new Map(here.map((row) => [neededCpus(store, row), -Infinity]));
    let used = 0;
    let ended = 0;
    for (const row of starts) {
      for (; ended < ends.length && endOf(ends[ended]!) <= tasks.startMs[row]!; ended++) {
        const held = heldCpus(store, ends[ended]!);
        for (const need of lastFullMs.keys())
          if (used + need > cpus + NOTHING) lastFullMs.set(need, endOf(ends[ended]!));
        used -= held;
      }
      const need = neededCpus(store, row);
      since.set(row, used + need > cpus + NOTHING ? tasks.startMs[row]! : lastFullMs.get(need)!);
      if (tasks.kind[row] !== CALL) used += heldCpus(store, row);
    }
  }
  return since;
}

/** By worker of an actor, when its last call ended. */
function actorEnds({ tasks }: TraceStore, rows: readonly number[]): Map<number, number> {
  const ends = new Map<number, number>();
  for (const row of rows)
    if (tasks.kind[row] === CREATION || tasks.kind[row] === CALL)
      ends.set(tasks.worker[row]!, Math.max(ends.get(tasks.worker[row]!) ?? -Infinity, tasks.endMs[row]!));
  return ends;
}

/** An actor holds nothing unless it asks for it. */
function heldCpus({ tasks }: TraceStore, row: number): number {
  const cpus = tasks.cpus[row]!;
  return Number.isNaN(cpus) ? (tasks.kind[row] === CREATION ? 0 : 1) : cpus;
}

/** What has to be free: also one CPU for an actor that then holds none. */
function neededCpus(store: TraceStore, row: number): number {
  const { tasks } = store;
  if (tasks.kind[row] === CALL) return 0;
  return tasks.kind[row] === CREATION && Number.isNaN(tasks.cpus[row]!) ? 1 : heldCpus(store, row);
}
