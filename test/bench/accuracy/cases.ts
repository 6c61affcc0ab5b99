/** The cases of the accuracy bench, by cluster. Those of `tuning` have shaped the model; only the others are reported. */
import type { NodeGroup } from '../../../simulator/model/cluster';
import type { GraphFile } from '../../../simulator/model/scaling';
import { SHAPES, type Shape } from './shapes';

export interface AccuracyCase {
  name: string;
  shape: Shape;
  cluster: string;
  graph: GraphFile;
}

const equal = (count: number, cpus: number): NodeGroup[] => [{ count, cpus }];

export const CLUSTERS: Record<string, NodeGroup[]> = {
  '1x1': equal(1, 1),
  '1x4': equal(1, 4),
  '1x16': equal(1, 16),
  '2x4': equal(2, 4),
  '2x8': equal(2, 8),
  '3x4': equal(3, 4),
  '4x8': equal(4, 8),
  '5x8': equal(5, 8),
  '4x16': equal(4, 16),
  'gpu+2x4': [
    { count: 1, cpus: 4, gpus: 1 },
    { count: 2, cpus: 4 },
  ],
};

const TUNING: Record<string, Shape[]> = {
  '1x4': ['map', 'shortMap', 'pipeline', 'actorPool', 'waitLoop'],
  '3x4': ['map', 'shortMap', 'tree', 'batches', 'nested'],
  '2x8': ['shuffle', 'layered', 'skewed', 'mixedCpus', 'wavefront'],
};

const REPORTED: Record<string, Shape[]> = {
  '1x1': ['map', 'tree', 'waitLoop'],
  '1x16': ['mapReduce', 'actorPool', 'skewed', 'layered', 'nested'],
  '2x4': ['mapReduce', 'tree', 'actorPool', 'pipeline', 'mixedCpus'],
  '4x8': ['map', 'wavefront', 'waitLoop', 'shuffle', 'batches'],
  '5x8': ['pipeline', 'nested', 'skewed', 'tree', 'mapReduce'],
  '4x16': ['map', 'layered', 'waitLoop', 'actorPool', 'skewed'],
  'gpu+2x4': ['ingest', 'map', 'pipeline', 'batches'],
};

/** Long enough that a busy moment of this machine is little of it. */
const ABOUT_MS = 7000;

export function tuningCases(): AccuracyCase[] {
  return cases(TUNING, 1000);
}

export function reportedCases(): AccuracyCase[] {
  return cases(REPORTED, 2000);
}

function cases(table: Record<string, Shape[]>, seed: number): AccuracyCase[] {
  return Object.entries(table).flatMap(([cluster, shapes], row) =>
    shapes.map((shape, column) => {
      const slots = CLUSTERS[cluster]!.reduce((sum, group) => sum + group.count * (group.cpus ?? 1), 0);
      const size = { slots, aboutMs: ABOUT_MS, seed: seed + 10 * row + column };
      return { name: `${shape} on ${cluster}`, shape, cluster, graph: SHAPES[shape](size) };
    }),
  );
}
