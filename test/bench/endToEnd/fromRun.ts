/** What was recorded on a cluster of this machine, and predictions from it for others of its clusters. */
import { cpus } from 'node:os';
import { capture, type Captured } from '../../../simulator/scaling/capture';
import { overheadsNamed } from '../../../simulator/scaling/overheads';
import type { PredictOptions } from '../../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { optionsOf } from '../../../simulator/scaling/request';
import { startFactor } from '../../../simulator/scaling/seenStarts';
import { readTrace } from '../../../simulator/trace/traceFile';
import { nodeTypes } from '../accuracy/judge';
import { MOST_BY_OTHERS } from './others';
import { recorded, type Recorded } from './record';

const costs = overheadsNamed('measured');

/** Runs that others have disturbed do not count where there are calm ones. */
export function calmRuns(dir: string, place: string, job: string): Recorded[] {
  const runs = recorded(dir, place, job);
  const calm = runs.filter(({ others }) => others <= MOST_BY_OTHERS);
  return calm.length > 0 ? calm : runs;
}

export function capturedAll(runs: readonly Recorded[]): Promise<Captured[]> {
  return Promise.all(
    runs.map(async ({ trace }) => {
      // Simulated GPUs are as fast there as here.
      const found = capture(await readTrace(trace), { gpuRatio: 1, costs, isOneMachine: true });
      if (found.graph === null) throw new Error(`${trace}: ${found.refused.join(' ')}`);
      return found;
    }),
  );
}

/** As the product predicts, on nodes that share this machine's cores, with workers that start with the run. */
export function optionsHere(
  from: Captured,
  types: Parameters<typeof nodeTypes>[0],
  nodes: number,
): PredictOptions {
  const host = { cores: cpus().length };
  const had = from.types.flatMap(({ cpus: ofEach, count }) => new Array<number>(count ?? 1).fill(ofEach));
  const slower = startFactor(from.place, had, host, costs);
  const here = { host: { ...host, startFactor: slower } };
  const context = { prices: USUAL_PRICES, captured: from, backChecks: [], ...here };
  return optionsOf(from.graph!, { types: nodeTypes(types), nodes: [nodes] }, context);
}
