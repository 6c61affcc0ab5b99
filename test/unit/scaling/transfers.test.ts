/** How objects go between nodes: over lines that are shared, from any node that has them. */
import { describe, expect, it } from 'vitest';
import { Copies } from '../../../simulator/scaling/copies';
import { EVENT, Events } from '../../../simulator/scaling/events';
import { Lines } from '../../../simulator/scaling/lines';
import { Random } from '../../../simulator/scaling/random';
import { clusterOf, fanOut, graphOf, nodeOf, run } from './build';

/** By copy, when it is there. */
function arrivals(transfers: { fromMs?: number; from: number; to: number; lineMs: number }[]): number[] {
  const events = new Events();
  const lines = new Lines(events, 0);
  const thereMs: number[] = [];
  transfers.forEach(({ fromMs = 0 }, copy) => events.at(fromMs, EVENT.copySent, copy));
  while (events.next()) {
    if (events.kind === EVENT.lineDue) lines.due(events.arg);
    else if (events.kind === EVENT.copyThere) thereMs[events.arg] = events.now;
    else {
      const { from, to, lineMs } = transfers[events.arg]!;
      lines.begin(events.arg, from, to, lineMs);
    }
  }
  return thereMs;
}

const rounded = (all: number[]) => all.map((ms) => Number(ms.toFixed(3)));

describe('a line', () => {
  it('is shared by all that goes over it at a time', () => {
    const two = [1, 2].map((to) => ({ from: 0, to, lineMs: 100 }));
    expect(rounded(arrivals(two))).toEqual([200, 200]);
    expect(rounded(arrivals([{ ...two[0]!, lineMs: 50 }, two[1]!]))).toEqual([100, 150]);
    expect(rounded(arrivals([two[0]!, { ...two[1]!, fromMs: 60 }]))).toEqual([140, 200]);
  });

  it('carries as much as it can whatever goes in the other direction', () => {
    const both = [
      { from: 0, to: 1, lineMs: 100 },
      { from: 1, to: 0, lineMs: 100 },
    ];
    expect(rounded(arrivals(both))).toEqual([100, 100]);
  });

  it('does not wait for what is held up at its other end', () => {
    const into = [2, 3, 4].map((from) => ({ from, to: 1, lineMs: 100 }));
    const held = { from: 0, to: 1, lineMs: 100 };
    const free = { from: 0, to: 5, lineMs: 100 };
    const [, , , heldMs, freeMs] = rounded(arrivals([...into, held, free]));
    expect(heldMs).toBe(400);
    expect(freeMs).toBe(200);
  });
});

describe('an object', () => {
  const nodes = (count: number) =>
    clusterOf([{ type: nodeOf(1), count }], { network: { nicBytesPerMs: 1000, diskBytesPerMs: 1000 } });
  const costs = { transferMs: 0 };

  it('goes over a node’s line once for each node that it is asked by', () => {
    // Three tasks at once on as many nodes; one of them is where the object is.
    const tasks = [
      { id: 'model', outputBytes: 400_000 },
      ...fanOut(3, { deps: ['model'], durationMs: 5000 }),
    ];
    const { transferredBytes, startMs } = run(graphOf(tasks), nodes(3), { overheads: 'measured', costs });
    expect(transferredBytes).toBe(800_000);
    const late = [...startMs.slice(1)].sort((a, b) => a - b).map((ms) => ms - startMs[1]!);
    expect(late[2]).toBeGreaterThan(700);
    expect(late[1]).toBeGreaterThan(700);
  });

  it('is taken from any node that has all of it, by chance', () => {
    const copies = new Copies(4, new Events(), new Random(1));
    const holders = () => new Set(Array.from({ length: 100 }, () => copies.holder(0, 0)));
    const second = copies.add(0, 1);
    copies.add(0, 2);
    expect(holders()).toEqual(new Set([0]));
    copies.there(second, 0);
    expect(holders()).toEqual(new Set([0, 1]));
  });
});
