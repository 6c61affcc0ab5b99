/** The cases of the accuracy bench, by cluster. Those of `tuning` have shaped the model; only the others are reported. */
import type { NodeGroup } from '../../../simulator/model/cluster';
import type { GraphFile } from '../../../simulator/model/scaling';
import { SHAPES, type Shape } from './shapes';

export interface AccuracyCase {
  name: string;
  cluster: string;
  /** With tasks so many times as long. */
  graph(timesLonger: number): GraphFile;
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
/**
 * So many slots get tasks of the shapes' own length. More of them get longer tasks, so that Ray's processes, which all
 * share this machine's few cores, have as many tasks a second to handle as with these.
 */
const SLOTS_AT_FULL_PACE = 16;

export function tuningCases(): AccuracyCase[] {
  return cases(TUNING, 1000);
}

export function reportedCases(): AccuracyCase[] {
  return cases(REPORTED, 4000);
}

/**
 * HELIOSTAT_ACCURACY_CLUSTERS=1x1,4x8 leaves only those of some clusters, so that a long series can go in pieces;
 * HELIOSTAT_ACCURACY_CLUSTERS='nested on 5x8' only that case.
 */
export function ofChosenClusters(all: readonly AccuracyCase[]): AccuracyCase[] {
  const chosen = process.env['HELIOSTAT_ACCURACY_CLUSTERS']?.split(',');
  return all.filter(({ cluster, name }) => !chosen || chosen.includes(cluster) || chosen.includes(name));
}

function cases(table: Record<string, Shape[]>, seed: number): AccuracyCase[] {
  return Object.entries(table).flatMap(([cluster, shapes], row) =>
    shapes.map((shape, column) => {
      const slots = CLUSTERS[cluster]!.reduce((sum, group) => sum + group.count * (group.cpus ?? 1), 0);
      const pace = Math.max(1, slots / SLOTS_AT_FULL_PACE);
      const aboutMs = ABOUT_MS * Math.sqrt(pace);
      const graph = (timesLonger: number): GraphFile =>
        SHAPES[shape]({
          slots,
          aboutMs: aboutMs * timesLonger,
          pace: pace * timesLonger,
          seed: seed + 10 * row + column,
        });
      return { name: `${shape} on ${cluster}`, cluster, graph };
    }),
  );
}
