/** From a task of an earlier run to a run of that task alone. */
import { fail } from '../model/failure';
import { isEnded, type RunInfo, type RunRequest } from '../model/run';
import { taskRow } from '../trace/rows';
import type { TraceStore } from '../trace/traceStore';
import { findKept } from './keptArguments';

export interface ReplayWish {
  /** The task's id, the beginning of one, or the name of its function. */
  task: string;
  /** A debugger stops in its first line. */
  stop: boolean;
}

/** Fails as `replay-impossible`. */
export function replayRequest(
  earlier: { info: RunInfo; request: RunRequest; dir: string; store: TraceStore },
  { task: wanted, stop }: ReplayWish,
): RunRequest {
  const { info, request, dir, store } = earlier;
  if (!isEnded(info.state))
    fail({ code: 'replay-impossible', task: wanted, reason: `Run ${info.id} has not ended yet.` });
  const { task } = findKept(dir, info.id, wanted);
  const row = store.tasks.find(task);
  const { cpus, gpus, resources } =
    row === undefined ? { cpus: null, gpus: 0, resources: {} } : taskRow(store, row);
  // What it was started with, on a cluster like the one that it ran on.
  const { debug: _, target, ...rest } = request;
  return {
    ...rest,
    args: info.args,
    target:
      target.kind === 'local'
        ? target
        : { kind: 'local', backend: info.backend === 'docker' ? 'docker' : 'process' },
    replay: { run: info.id, task, cpus, gpus, resources, stop },
  };
}
