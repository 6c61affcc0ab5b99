/** Lays predictions over what was measured. */
import { cpus } from 'node:os';
import type { NodeGroup } from '../../../simulator/model/cluster';
import type { GraphFile, NodeType, ScalingPoint } from '../../../simulator/model/scaling';
import { fromGraphFile } from '../../../simulator/scaling/fromGraphFile';
import { predictGraph } from '../../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { optionsOf } from '../../../simulator/scaling/request';
import { CLUSTERS, type AccuracyCase } from './cases';
import { mean } from '../harness';
import { isCalm, type Measured, type Measurements } from './measure';

export interface Judged {
  name: string;
  measuredMs: number;
  /** Repeats that count, of all. */
  repeats: string;
  /** Of each repeat. */
  lateMs: number[];
  /** The largest share of the machine's CPU time that was in use in a repeat that counts. */
  busy: number;
  predictedMs: number;
  lowMs: number;
  highMs: number;
  errorPct: number;
}

/** What nodes of one machine send each other, as was measured with objects of half a megabyte. */
const LOOPBACK_GBIT = 1.2;

export function judge(cases: readonly AccuracyCase[], measurements: Measurements): Judged[] {
  return cases.flatMap((one) => {
    const measured = measurements[one.name];
    return measured ? [judgeOne(one, measured)] : [];
  });
}

function judgeOne(one: AccuracyCase, measured: readonly Measured[]): Judged {
  const calm = measured.filter(isCalm);
  const counted = calm.length > 0 ? calm : measured;
  // What is predicted is what is to be expected: where chance has two outcomes, something between them.
  const measuredMs = mean(counted.map(({ wallMs }) => wallMs));
  const { timesLonger } = measured[0]!;
  const { timeMs, lowMs, highMs } = predict(one, timesLonger);
  return {
    name: timesLonger === 1 ? one.name : `${one.name}, tasks ${timesLonger} times as long`,
    measuredMs,
    repeats: `${counted.length} of ${measured.length}`,
    lateMs: measured.map(({ lateMs }) => lateMs),
    busy: Math.max(...counted.map(({ busy }) => busy ?? NaN)),
    predictedMs: timeMs,
    lowMs,
    highMs,
    errorPct: (timeMs / measuredMs - 1) * 100,
  };
}

function predict(one: AccuracyCase, timesLonger: number): ScalingPoint {
  return predictOn(CLUSTERS[one.cluster]!, LOOPBACK_GBIT, one.graph(timesLonger), one.name);
}

/** Nodes of which nothing counts but CPUs and GPUs; without a count, as many as a size says. */
export function nodeTypes(
  groups: readonly (Omit<NodeGroup, 'count'> & { count: number | null })[],
): NodeType[] {
  return groups.map(({ count, cpus = 1, gpus = 0 }) => ({
    name: `${cpus} CPUs`,
    cpus,
    gpus,
    memoryBytes: 0,
    resources: {},
    pricePerHour: null,
    count,
  }));
}

/** On a warm cluster on this machine, whose nodes are joined by so much; by the product's own way. */
export function predictOn(
  groups: readonly NodeGroup[],
  gbit: number,
  file: GraphFile,
  name: string,
): ScalingPoint {
  const graph = fromGraphFile(file, name);
  const types = nodeTypes(groups);
  const context = { prices: USUAL_PRICES, captured: null, backChecks: [] };
  const options = optionsOf(graph, { types, nodes: [1], gbit }, context);
  const point = predictGraph(graph, { ...options, host: { cores: cpus().length } }).points[0];
  if (!point) throw new Error(`${name} was refused.`);
  return point;
}

/** The value that a share of all are not above (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
