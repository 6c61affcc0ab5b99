/** Rehearses cases on real Ray, all cases of a cluster on one cluster, and keeps what was measured. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Heliostat, PYTHON } from '../../cluster/heliostat';
import { CLUSTERS, type AccuracyCase } from './cases';

export interface Measured {
  /** One of each repeat. */
  wallMs: number[];
  submitMs: number[];
  /** Mean lateness of bodies: how busy this machine was. */
  lateMs: number[];
}

/** By the name of the case. */
export type Measurements = Record<string, Measured>;

interface Rehearsed {
  wallMs: number;
  submitMs: number;
  lateMs: number;
}

export const REPEATS = 3;

/**
 * Measures what `dir` does not hold yet: a file a cluster, so that a long series can be stopped and taken up again.
 * `only` limits it to one cluster.
 */
export async function measureAll(
  cases: readonly AccuracyCase[],
  dir: string,
  say: (progress: string) => void,
  only?: string,
): Promise<Measurements> {
  mkdirSync(dir, { recursive: true });
  const all: Measurements = {};
  for (const cluster of new Set(cases.map((one) => one.cluster))) {
    const file = path.join(dir, `${cluster}.json`);
    const here = cases.filter((one) => one.cluster === cluster);
    if (!existsSync(file) && (only === undefined || only === cluster)) {
      say(`${here.length} cases on ${cluster}`);
      writeFileSync(file, await measureCluster(cluster, here));
    }
    if (existsSync(file)) Object.assign(all, toMeasurements(here, readFileSync(file, 'utf8')));
  }
  return all;
}

/** What `heliostat rehearse --json` printed: one object for each repeat of each case, in order. */
async function measureCluster(cluster: string, cases: readonly AccuracyCase[]): Promise<string> {
  const heliostat = new Heliostat();
  const folder = mkdtempSync(path.join(tmpdir(), 'heliostat-accuracy-'));
  try {
    const files = cases.map((one, at) => {
      const file = path.join(folder, `${at}.json`);
      writeFileSync(file, JSON.stringify(one.graph));
      return file;
    });
    const types = CLUSTERS[cluster]!.flatMap(({ count, cpus = 1, gpus = 0 }) => [
      '--node-type',
      `count=${count},cpus=${cpus},gpus=${gpus}`,
    ]);
    const args = [
      'rehearse',
      '--graph',
      ...files,
      ...types,
      '--repeat',
      `${REPEATS}`,
      '--python',
      PYTHON,
      '--json',
    ];
    const { code, stdout, stderr } = await heliostat.run(args);
    if (code !== 0) throw new Error(`${cluster}: ${stderr}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await heliostat.end();
  }
}

function toMeasurements(cases: readonly AccuracyCase[], printed: string): Measurements {
  const rehearsed = JSON.parse(printed) as Rehearsed[];
  return Object.fromEntries(
    cases.map(({ name }, at) => {
      const repeats = rehearsed.slice(at * REPEATS, (at + 1) * REPEATS);
      return [
        name,
        {
          wallMs: repeats.map((one) => one.wallMs),
          submitMs: repeats.map((one) => one.submitMs),
          lateMs: repeats.map((one) => one.lateMs),
        },
      ];
    }),
  );
}
