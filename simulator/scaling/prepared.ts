/**
 * What every simulation of one graph needs and none changes: consumers, and the scheduling keys under which owners
 * ask for workers. Ray's key is the owner, the function, its resources and the large objects among its arguments
 * (src/ray/core_worker/task_submission/normal_task_submitter.h): tasks of one key share workers.
 */
import { NumberTable } from './numberTable';
import { pushTo } from './pushTo';
import { consumers, NONE, stepsMs, type TaskGraph } from './taskGraph';

export interface Prepared {
  graph: TaskGraph;
  outStart: Int32Array;
  outs: Int32Array;
  /** Number of tasks among the producers of each, and of its consumers. */
  producerCount: Int32Array;
  consumerCount: Int32Array;
  /** What the steps of each task's program take of its own time. */
  programMs: Float64Array;
  /** Objects that tasks put themselves, by task. */
  puts: ReadonlyMap<number, readonly number[]>;
  key: Int32Array;
  keyShape: Int32Array;
  /** Ray's scheduling class of each key, its function and resources, by which raylets queue requests. */
  keyClass: Int32Array;
  classShape: Int32Array;
  keyCount: number;
  /** Whether any argument lies in an object store. */
  hasLargeArguments: Uint8Array;
  /** Whether an object goes into an object store. */
  isLarge: Uint8Array;
  /** Actor that a task makes, NONE for all others. */
  makesActor: Int32Array;
  /** Objects by number: outputs of tasks, then put objects. */
  objectCount: number;
  bytesOf(object: number): number;
}

export function prepare(graph: TaskGraph, inlineBytes: number): Prepared {
  const { size, depStart, deps, outputBytes, putBytes } = graph;
  const bytesOf = (object: number) => (object < size ? outputBytes[object]! : putBytes[object - size]!);
  const objectCount = size + putBytes.length;
  const isLarge = new Uint8Array(objectCount);
  for (let object = 0; object < objectCount; object++)
    isLarge[object] = bytesOf(object) > inlineBytes ? 1 : 0;
  const producerCount = new Int32Array(size);
  const hasLargeArguments = new Uint8Array(size);
  for (let task = 0; task < size; task++) {
    for (let edge = depStart[task]!; edge < depStart[task + 1]!; edge++) {
      const object = deps[edge]!;
      if (object < size) producerCount[task]!++;
      if (isLarge[object]) hasLargeArguments[task] = 1;
    }
  }
  const makesActor = new Int32Array(size).fill(NONE);
  graph.actors.forEach(({ creation }, actor) => (makesActor[creation] = actor));
  const keys = keysOf(graph, hasLargeArguments, makesActor);
  const { outStart, outs } = consumers(graph);
  const consumerCount = new Int32Array(size);
  for (let task = 0; task < size; task++) consumerCount[task] = outStart[task + 1]! - outStart[task]!;
  return {
    graph,
    outStart,
    outs,
    producerCount,
    consumerCount,
    programMs: stepsMs(graph),
    puts: putsByTask(graph),
    ...keys,
    hasLargeArguments,
    isLarge,
    makesActor,
    objectCount,
    bytesOf,
  };
}

function putsByTask({ size, putBy }: TaskGraph): Map<number, number[]> {
  const puts = new Map<number, number[]>();
  putBy.forEach((task, put) => {
    if (task !== NONE) pushTo(puts, task, size + put);
  });
  return puts;
}

type Keys = Pick<Prepared, 'key' | 'keyShape' | 'keyClass' | 'classShape' | 'keyCount'>;

function keysOf(graph: TaskGraph, hasLargeArguments: Uint8Array, makesActor: Int32Array): Keys {
  const { size, fn, shape, parent } = graph;
  const key = new Int32Array(size);
  const keyShape: number[] = [];
  const keyClass: number[] = [];
  const classShape: number[] = [];
  const kinds = graph.functions.length * graph.shapes.length;
  const classes = new NumberTable();
  const classOf = (kind: number, shapeOfKind: number): number => {
    const known = classes.get(kind);
    if (known !== undefined) return known;
    const made = classShape.push(shapeOfKind) - 1;
    classes.set(kind, made);
    return made;
  };
  const shared = new NumberTable();
  for (let task = 0; task < size; task++) {
    const kind = fn[task]! * graph.shapes.length + shape[task]!;
    // The arguments of a key with large ones are hashed into 2^26 values: a clash only shares workers.
    const args = hasLargeArguments[task] ? 1 + (hashOfArguments(graph, task) & 0x3ffffff) : 0;
    const code = ((parent[task]! + 1) * kinds + kind) * 0x4000001 + args;
    const canShare = makesActor[task] === NONE && code <= Number.MAX_SAFE_INTEGER;
    const found = canShare ? shared.get(code) : undefined;
    if (found !== undefined) {
      key[task] = found;
      continue;
    }
    key[task] = keyShape.push(shape[task]!) - 1;
    keyClass.push(classOf(kind, shape[task]!));
    if (canShare) shared.set(code, key[task]!);
  }
  return {
    key,
    keyShape: Int32Array.from(keyShape),
    keyClass: Int32Array.from(keyClass),
    classShape: Int32Array.from(classShape),
    keyCount: keyShape.length,
  };
}

function hashOfArguments({ depStart, deps }: TaskGraph, task: number): number {
  let hash = 0x811c9dc5;
  for (let edge = depStart[task]!; edge < depStart[task + 1]!; edge++) {
    hash = Math.imul(hash ^ deps[edge]!, 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
