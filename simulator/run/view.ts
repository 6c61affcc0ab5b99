/** The run view: everything that the page draws of one run, whole, from the run and its trace. */
import path from 'node:path';
import type { RunInfo } from '../model/run';
import type { NodeSeries, RunView } from '../model/trace';
import {
  accounts,
  peaks,
  summariseFunctions,
  summariseWaits,
  tasksByNode,
  thin,
  type Definitions,
} from '../trace/summary';
import { findMistakes } from '../trace/findings';
import { usersActors } from '../trace/actorState';
import { traceNotes } from '../trace/notes';
import { relate } from '../trace/relations';
import type { TraceStore } from '../trace/traceStore';

const MAX_SAMPLES_SHOWN = 300;

export function runView(
  info: RunInfo,
  store: TraceStore,
  definitions: Definitions,
  logSizeBytes: number,
): RunView {
  const relations = relate(store);
  return {
    version: store.version,
    run: info,
    functions: summariseFunctions(store, relations, path.basename(info.script), definitions),
    graph: relations.graph,
    waits: summariseWaits(store),
    findings: findMistakes(store),
    nodes: nodeSeries(store),
    actors: usersActors(store),
    libraries: [...store.libraries.values()],
    marks: store.marks,
    source: store.source,
    lost: [...store.lost.values()],
    notes: traceNotes(store),
    accounts: accounts(store),
    logSizeBytes,
  };
}

function nodeSeries(store: TraceStore): NodeSeries[] {
  const tasks = tasksByNode(store);
  return [...store.nodes]
    .sort(([a], [b]) => a - b)
    .map(([nodeIndex, { samples, ...facts }]) => ({
      nodeIndex,
      ...facts,
      samples: thin(samples, MAX_SAMPLES_SHOWN),
      ...peaks({ ...facts, samples }),
      tasksRun: tasks.get(nodeIndex) ?? 0,
    }));
}
