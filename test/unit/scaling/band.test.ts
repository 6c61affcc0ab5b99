import { describe, expect, it } from 'vitest';
import { bandOf, type BandOptions } from '../../../simulator/scaling/band';
import { overheadsNamed } from '../../../simulator/scaling/overheads';
import { prepare } from '../../../simulator/scaling/prepared';
import { clusterOf, fanOut, graphOf, nodeOf } from './build';

const costs = overheadsNamed('measured');
const usual: BandOptions = {
  isSample: true,
  profiledCpus: 8,
  unseenMs: 0,
  besideShare: 0,
  errorsSeen: [],
  replayError: 0,
  replicas: 10,
};

/** Both ends over the time, of 100 tasks that are predicted to take a second. */
function ends(options: Partial<BandOptions>, nodes = 1): { low: number; high: number } {
  const prepared = prepare(graphOf(fanOut(100)), costs.inlineBytes);
  const cluster = clusterOf([{ type: nodeOf(8), count: nodes }]);
  const { lowMs, highMs } = bandOf({ prepared, cluster, costs, seed: 1 }, 1000, { ...usual, ...options });
  return { low: lowMs / 1000, high: highMs / 1000 };
}

const above = (options: Partial<BandOptions>) => ends(options).high;

describe('the band of a prediction', () => {
  it('is no narrower than the error of replaying the measured run', () => {
    expect(above({ replayError: Math.log(1.5) })).toBeGreaterThanOrEqual(1.5);
  });

  it('widens with errors of earlier predictions', () => {
    expect(above({ errorsSeen: [0.4, 0.5, 0.45] })).toBeGreaterThan(
      above({ errorsSeen: [0.01, 0.01, 0.01] }),
    );
  });

  it('reaches to where what nobody knows about goes with the number of CPUs, and no further where that is the same', () => {
    const unseenMs = 600;
    const seen = ends({}, 4);
    const unseen = ends({ unseenMs }, 4);
    // A quarter of it is left on four nodes in the place of one.
    expect(unseen.low).toBeLessThanOrEqual(0.4 + 0.15);
    expect(unseen.high).toBe(seen.high);
    expect(ends({ unseenMs })).toEqual(ends({}));
    // On a half of the CPUs it is twice as much.
    expect(ends({ unseenMs, profiledCpus: 16 }).high).toBeGreaterThanOrEqual(1.6);
  });

  it('is that of the given durations alone where nothing costs anything', () => {
    const free = overheadsNamed('none');
    const prepared = prepare(graphOf(fanOut(10)), free.inlineBytes);
    const input = { prepared, cluster: clusterOf([{ type: nodeOf(2), count: 1 }]), costs: free, seed: 1 };
    expect(bandOf(input, 500, { ...usual, isSample: false })).toEqual({ lowMs: 500, highMs: 500 });
  });
});
