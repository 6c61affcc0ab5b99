/** Without overheads our replay is list scheduling; SimGrid, which simulates in its own way, has to agree. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../simulator/scaling/random';
import { clusterOf, graphOf, nodeOf, run } from './build';

/** Debian's package is for Debian's Python. */
const PYTHON = ['/usr/bin/python3', 'python3'].find(
  (python) => spawnSync(python, ['-c', 'import simgrid']).status === 0,
);
if (PYTHON === undefined) {
  process.stderr.write('SimGrid is not here (apt-get install python3-simgrid): no cross-check with it.\n');
  if (process.env['CI']) throw new Error('CI has to have SimGrid.');
}

interface Case {
  slots: number;
  durationsMs: number[];
  deps: number[][];
}

describe.skipIf(PYTHON === undefined)('SimGrid', () => {
  it('gives the same makespans to three decimals', () => {
    const cases = Array.from({ length: 40 }, (_, at) => randomCase(at + 1));
    const theirs = simgrid(cases);
    const ours = cases.map(({ slots, durationsMs, deps }) => {
      const tasks = durationsMs.map((durationMs, at) => ({
        id: `t${at}`,
        name: 'f',
        durationMs,
        deps: deps[at]!.map((dep) => `t${dep}`),
      }));
      return run(graphOf(tasks), clusterOf([{ type: nodeOf(1), count: slots }])).timeMs;
    });
    expect(ours.map((ms) => ms.toFixed(3))).toEqual(theirs.map((ms) => ms.toFixed(3)));
  });
});

function randomCase(seed: number): Case {
  const random = new Random(seed);
  const size = 20 + random.below(180);
  const deps = Array.from({ length: size }, (_, at) => {
    const count = at === 0 ? 0 : random.below(4);
    return [...new Set(Array.from({ length: count }, () => random.below(at)))];
  });
  return {
    slots: 1 + random.below(12),
    durationsMs: deps.map(() => Math.exp(4 + random.normal())),
    deps,
  };
}

function simgrid(cases: Case[]): number[] {
  const dir = mkdtempSync(path.join(tmpdir(), 'heliostat-simgrid-'));
  try {
    const file = path.join(dir, 'cases.json');
    writeFileSync(file, JSON.stringify({ cases }));
    const model = path.join(__dirname, 'simgridModel.py');
    const printed = execFileSync(PYTHON!, [model, file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(printed) as number[];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
