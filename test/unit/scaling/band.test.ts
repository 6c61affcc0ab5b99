import { describe, expect, it } from 'vitest';
import { bandOf, type BandOptions } from '../../../simulator/scaling/band';
import { overheadsNamed } from '../../../simulator/scaling/overheads';
import { prepare } from '../../../simulator/scaling/prepared';
import { clusterOf, fanOut, graphOf, nodeOf } from './build';

const costs = overheadsNamed('measured');
const usual: BandOptions = { isSample: true, profiledCpus: 8, errorsSeen: [], replayError: 0, replicas: 10 };

/** Upper end over the time, of 100 tasks that are predicted to take a second. */
function above(options: Partial<BandOptions>, nodes = 1): number {
  const prepared = prepare(graphOf(fanOut(100)), costs.inlineBytes);
  const cluster = clusterOf([{ type: nodeOf(8), count: nodes }]);
  return bandOf({ prepared, cluster, costs, seed: 1 }, 1000, { ...usual, ...options }).highMs / 1000;
}

describe('the band of a prediction', () => {
  it('is no narrower than the error of replaying the measured run', () => {
    expect(above({ replayError: Math.log(1.5) })).toBeGreaterThanOrEqual(1.5);
  });

  it('widens with errors of earlier predictions', () => {
    expect(above({ errorsSeen: [0.4, 0.5, 0.45] })).toBeGreaterThan(
      above({ errorsSeen: [0.01, 0.01, 0.01] }),
    );
  });

  it('is that of the given durations alone where nothing costs anything', () => {
    const free = overheadsNamed('none');
    const prepared = prepare(graphOf(fanOut(10)), free.inlineBytes);
    const input = { prepared, cluster: clusterOf([{ type: nodeOf(2), count: 1 }]), costs: free, seed: 1 };
    expect(bandOf(input, 500, { ...usual, isSample: false })).toEqual({ lowMs: 500, highMs: 500 });
  });
});
