/** Tasks on GPUs that read a stream, and what they are fed by. */
import type { Prepared } from './prepared';
import { heldShape, NONE, STEP, stepsMs, type TaskGraph } from './taskGraph';

export function usesGpu(graph: TaskGraph, task: number): boolean {
  return heldShape(graph, task).gpus > 0;
}

/** Whether a step waits for a stream. */
export function isOfStream(graph: TaskGraph, step: number): boolean {
  return graph.stepPool[step] !== NONE && graph.stepPool[step]! < graph.poolLatencyMs.length;
}

/** Tasks with GPUs that take what comes from a stream, and the pools that they take from. */
export function gpuReaders(graph: TaskGraph): { tasks: number[]; pools: Set<number> } {
  const readers = { tasks: [] as number[], pools: new Set<number>() };
  if (graph.poolLatencyMs.length === 0) return readers;
  for (let task = 0; task < graph.size; task++) {
    let isReader = false;
    for (let step = graph.programStart[task + 1]!; step < graph.programStart[task + 2]!; step++) {
      if (graph.stepKind[step] !== STEP.take || !usesGpu(graph, task)) continue;
      isReader = true;
      readers.pools.add(graph.stepPool[step]!);
    }
    if (isReader) readers.tasks.push(task);
  }
  return readers;
}

/** The same with readers on GPUs that need only `share` of their time for what they do with what they take. */
export function withReadersAt(share: number, prepared: Prepared, readers: readonly number[]): Prepared {
  const { graph } = prepared;
  const stepMs = graph.stepMs.slice();
  const durationMs = graph.durationMs.slice();
  for (const task of readers) {
    durationMs[task]! *= share;
    // Before it starts the tasks of a stream, a reader waits for Ray Data to plan them.
    for (let step = graph.programStart[task + 1]!; step < graph.programStart[task + 2]!; step++)
      if (graph.stepKind[step] !== STEP.submit) stepMs[step]! *= share;
  }
  const changed = { ...graph, stepMs, durationMs };
  return { ...prepared, graph: changed, programMs: stepsMs(changed) };
}

/** Tasks without GPUs that GPU tasks need, directly or through others. */
export function ingestTasks({ graph, outStart, outs }: Prepared): Uint8Array {
  const { pools } = gpuReaders(graph);
  const feeds = new Uint8Array(graph.size);
  for (let task = graph.size - 1; task >= 0; task--) {
    if (graph.pool !== null && pools.has(graph.pool[task]!)) feeds[task] = 1;
    for (let edge = outStart[task]!; edge < outStart[task + 1]!; edge++) {
      if (usesGpu(graph, outs[edge]!) || feeds[outs[edge]!]) feeds[task] = 1;
    }
  }
  return feeds.map((is, task) => (is && !usesGpu(graph, task) ? 1 : 0));
}
