/**
 * What holds a run back: one limit at a time is lifted in the replay, and the one whose lifting helps most is the
 * bottleneck (the method of "Making sense of performance in data analytics frameworks", Ousterhout et al., NSDI 2015).
 */
import type { Bottleneck, BottleneckName } from '../model/scaling';
import type { CriticalPath } from './bounds';
import { gpuReaders, ingestTasks, withReadersAt } from './readers';
import type { TaskGraph } from './taskGraph';
import type { Overheads } from './overheads';
import type { Prepared } from './prepared';
import { nodeCount, type SimCluster } from './simCluster';
import type { SimInput, SimResult } from './simInput';
import { simulate } from './simulation';
import { whereOf } from './where';

const PLENTY = 10_000;
/** Below this share of the time a limit is not worth a word. */
const LEAST_GAIN_PCT = 1;
/** The more special of two causes is named when it explains as much as the more general one, within this. */
const ALIKE_PCT = 3;

export interface Lifted {
  name: BottleneckName;
  timeMs: number;
}

/** The time of the same run with one limit lifted, for each limit that it can have. */
export function liftEach(input: SimInput, base: SimResult): Lifted[] {
  const { prepared, cluster, costs } = input;
  const { graph } = prepared;
  const run = (name: BottleneckName, change: Partial<SimInput>): Lifted => ({
    name,
    timeMs: simulate({ ...input, ...change }).timeMs,
  });
  const isSpread: Partial<Overheads> = { isSpread: true };
  const lifted = [
    run('CPU', { cluster: withPlenty(cluster, 'cpus'), costs: { ...costs, ...isSpread } }),
    run('driver', {
      prepared: { ...prepared, graph: withoutDriver(graph) },
      costs: { ...costs, ...FAST_DRIVER },
    }),
  ];
  if (graph.shapes.some(({ gpus }) => gpus > 0)) {
    const gpu = withoutGpuLimit(input, run('GPU', { cluster: withPlenty(cluster, 'gpus') }));
    const ingest = ingestTasks(prepared);
    if (ingest.some((is) => is === 1)) {
      lifted.push(run('ingest', { durationMs: graph.durationMs.map((ms, task) => (ingest[task] ? 0 : ms)) }));
      // What is fed may go step by step, so that more GPUs do not help it either. Both sides are lifted alike.
      const fed = graph.durationMs.map((ms, task) => (graph.shapes[graph.shape[task]!]!.gpus > 0 ? 0 : ms));
      gpu.timeMs = Math.min(gpu.timeMs, run('GPU', { durationMs: fed }).timeMs);
    }
    lifted.push(gpu);
  }
  if (nodeCount(cluster) > 1 && base.transferredBytes > 0) {
    const network = { ...cluster.network, nicBytesPerMs: Infinity };
    lifted.push(run('network', { cluster: { ...cluster, network }, costs: { ...costs, transferMs: 0 } }));
  }
  if (base.spilledBytes > 0) lifted.push(run('spill', { costs: { ...costs, spillThreshold: Infinity } }));
  if (costs.reportPeriodMs > 0) {
    lifted.push(
      run('ramp-up', {
        prepared: withoutFirstCalls(input.prepared),
        cluster: { ...withoutStarts(cluster), isWarm: true, bootMs: 0 },
        costs: { ...costs, ...FAST_START },
      }),
    );
  }
  return lifted;
}

/** How many read a stream stands in the script: more GPUs do not help them, but faster ones do. */
function withoutGpuLimit(input: SimInput, withMore: Lifted): Lifted {
  const readers = gpuReaders(input.prepared.graph).tasks;
  if (readers.length === 0) return withMore;
  const { timeMs } = simulate({ ...input, prepared: withReadersAt(0, input.prepared, readers) });
  return { ...withMore, timeMs: Math.min(withMore.timeMs, timeMs) };
}

const FAST_DRIVER: Partial<Overheads> = { submitMs: 0, getMs: 0, ownerMs: 0 };
const FAST_START: Partial<Overheads> = {
  workerStartMs: 0,
  workerStartCpuMs: 0,
  workerReadyCpuMs: 0,
  leaseWindow: 1e6,
};

/** The two that would give most, with what each is about. */
export function nameBottlenecks(
  prepared: Prepared,
  base: SimResult,
  lifted: readonly Lifted[],
  path: CriticalPath,
  otherBoundsMs: number,
): Bottleneck[] {
  const { graph } = prepared;
  const gain = (timeMs: number) => ((base.timeMs - timeMs) / base.timeMs) * 100;
  let found = lifted.map(({ name, timeMs }) => ({ name, gainPct: gain(timeMs) }));
  const ingest = found.find(({ name }) => name === 'ingest');
  if (ingest) {
    found = found.filter(({ name, gainPct }) => name !== 'CPU' || gainPct > ingest.gainPct + ALIKE_PCT);
  }
  const rampUp = found.find(({ name }) => name === 'ramp-up');
  if (rampUp) {
    // Where nodes or workers are late, CPUs that are there would help as much; what is late is the cause.
    found = found.filter(
      ({ name, gainPct }) => (name !== 'CPU' && name !== 'GPU') || gainPct > rampUp.gainPct + ALIKE_PCT,
    );
  }
  const isGpuPath = found.some(({ name, gainPct }) => name === 'GPU' && gainPct >= LEAST_GAIN_PCT);
  const readers = new Set(isGpuPath ? gpuReaders(graph).tasks : []);
  if (base.timeMs <= path.lengthMs * 1.05 && !path.tasks.some((task) => readers.has(task))) {
    found.push({ name: 'critical path', gainPct: gain(Math.max(otherBoundsMs, 0)) });
  }
  return found
    .filter(({ gainPct }) => gainPct >= LEAST_GAIN_PCT)
    .sort((a, b) => b.gainPct - a.gainPct)
    .slice(0, 2)
    .map(({ name, gainPct }) => ({
      name,
      gainPct: Math.round(gainPct * 10) / 10,
      where: whereOf(name, prepared, base, path),
    }));
}

function withoutStarts({ startMsOf: _, ...cluster }: SimCluster): SimCluster {
  return cluster;
}

function withoutFirstCalls(prepared: Prepared): Prepared {
  const { graph } = prepared;
  return { ...prepared, graph: { ...graph, firstCallMs: graph.firstCallMs.map(() => 0) } };
}

function withPlenty({ host, ...cluster }: SimCluster, key: 'cpus' | 'gpus'): SimCluster {
  const groups = cluster.groups.map(({ type, count }) => ({
    type: { ...type, [key]: type[key] * PLENTY },
    count,
  }));
  return { ...cluster, groups, ...(host && key === 'gpus' && { host }) };
}

function withoutDriver(graph: TaskGraph): TaskGraph {
  const stepMs = graph.stepMs.slice();
  stepMs.fill(0, 0, graph.programStart[1]);
  return { ...graph, stepMs, driverTailMs: 0 };
}
