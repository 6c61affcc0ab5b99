/**
 * Samples are run as a user runs them, on clusters that several of them share where they can; each checks its own result.
 * What the run view shows of them is looked at here: the user's functions, and none of the libraries' own.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../simulator/cli/summary';
import { Heliostat } from './heliostat';

export const LIMIT_MS = 480_000;

const sample = (name: string) => path.resolve('extension/samples', name);

export interface Expected {
  script: string;
  /** What it is given instead of what its annotation says. */
  args?: string[];
  /** A part of what it prints in the end. */
  prints: RegExp;
  /** The functions that the run view lists, as it names them there: all of them, in no order. */
  functions: string[];
  /** A part of what `predict` says of it: a table of sizes, unless it has to say why it cannot know. */
  predicts?: RegExp;
}

const TABLE = /nodes +CPUs +GPUs +time/;
export interface Group {
  python: string;
  /** Where the cluster runs; processes by default. */
  on?: string[];
  cluster: string;
  samples: Expected[];
}

/** Starts the cluster of one sample and runs all of the group on it. */
export function testGroup({ python, cluster, samples, on = [] }: Group): void {
  describe(`samples on the cluster of ${[cluster, ...on].join(' ')}`, () => {
    let heliostat: Heliostat;
    let id: string;
    beforeAll(async () => {
      heliostat = new Heliostat();
      const { stdout, stderr } = await heliostat.run([
        ...['up', '--script', sample(cluster), '--python', python, ...on, '--json'],
      ]);
      expect(stdout, stderr).not.toBe('');
      id = (JSON.parse(stdout) as { id: string }).id;
    }, LIMIT_MS);
    afterAll(() => heliostat.end());

    it.each(samples)('$script', (expected) => checkSample(heliostat, expected, ['--cluster', id]), LIMIT_MS);
  });
}

export async function checkSample(
  heliostat: Heliostat,
  { script, args, prints, functions, predicts }: Expected,
  where: string[],
) {
  const { code, stdout, stderr } = await heliostat.run([
    ...['run', sample(script), ...where, '--json'],
    ...(args ? ['--', ...args] : []),
  ]);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(prints);
  const summary = JSON.parse(stdout) as RunSummary;
  expect(summary.lost).toEqual([]);
  expect(summary.functions.map(({ name }) => name).sort()).toEqual(functions);
  const prediction = await heliostat.run(['predict', summary.run, '--nodes', '2,4']);
  expect(prediction.stdout + prediction.stderr).toMatch(predicts ?? TABLE);
}
