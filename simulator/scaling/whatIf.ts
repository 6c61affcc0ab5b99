/** One change of a run, replayed at every size. */
import type { WhatIf, WhatIfResult } from '../model/scaling';
import { Forecast } from './forecast';
import { GIGABIT_BYTES_PER_MS } from './simCluster';
import { split } from './split';
import type { TaskGraph } from './taskGraph';

export function whatIf(forecast: Forecast, change: WhatIf, sizes: readonly number[]): WhatIfResult {
  const changed = changedForecast(forecast, change);
  const points = sizes.flatMap((nodes) => {
    const before = forecast.timeOf(nodes);
    const { timeMs } = changed.simulate(changed.cluster(nodes));
    if (Number.isNaN(timeMs) || Number.isNaN(before)) return [];
    return [{ nodes, timeMs, gainPct: before > 0 ? ((before - timeMs) / before) * 100 : 0 }];
  });
  return { points };
}

function changedForecast(forecast: Forecast, change: WhatIf): Forecast {
  const { options } = forecast;
  const nicBytesPerMs =
    change.gbit === undefined ? options.nicBytesPerMs : change.gbit * GIGABIT_BYTES_PER_MS;
  const types = [...options.types];
  const counted = types.find(({ count }) => count === null);
  for (let n = 0; n < (change.moreIngestNodes ?? 0) && counted; n++) {
    types.push({ ...counted, name: `${counted.name} without GPUs`, gpus: 0 });
  }
  return new Forecast(changedGraph(forecast.graph, change), { ...options, nicBytesPerMs, types });
}

function changedGraph(graph: TaskGraph, change: WhatIf): TaskGraph {
  let changed = graph;
  if (change.faster?.length) {
    const factor = graph.functions.map(({ name }) => {
      const pct = change.faster!.find((one) => one.name === name)?.pct ?? 0;
      return 1 - Math.min(100, Math.max(0, pct)) / 100;
    });
    const durationMs = graph.durationMs.map((ms, task) => ms * factor[graph.fn[task]!]!);
    changed = { ...changed, durationMs, stepMs: fasterSteps(graph, factor) };
  }
  if (change.split && change.split.into > 1)
    changed = split(changed, change.split.name, Math.floor(change.split.into));
  return changed;
}

/** What tasks do between the steps of their programs is their own time, too. */
function fasterSteps(graph: TaskGraph, factor: readonly number[]): Float64Array {
  const stepMs = graph.stepMs.slice();
  for (let task = 0; task < graph.size; task++) {
    const times = factor[graph.fn[task]!]!;
    for (let step = graph.programStart[task + 1]!; step < graph.programStart[task + 2]!; step++)
      stepMs[step]! *= times;
  }
  return stepMs;
}
