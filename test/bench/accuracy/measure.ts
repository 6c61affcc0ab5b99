/** Rehearses cases on real Ray, all cases of a cluster on one cluster, and keeps what was measured. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Rehearsed } from '../../../simulator/cli/rehearse';
import { Heliostat, PYTHON } from '../../cluster/heliostat';
import { median } from '../harness';
import { CLUSTERS, type AccuracyCase } from './cases';
import { putAmong, putBefore } from './priority';

/** One repeat of a case, as `heliostat rehearse --json` prints it. */
export interface Measured extends Rehearsed {
  /** Its tasks were so many times as long as those of the case. */
  timesLonger: number;
}

/** Repeats by the name of the case. */
export type Measurements = Record<string, Measured[]>;

const REPEATS = 3;
/** A case is measured again, once, where fewer of its repeats were calm. */
const ENOUGH_CALM = 2;
/**
 * A repeat in which bodies, which only sleep, took this much longer than asked says more about this machine than about
 * Ray; it does not count unless all repeats are like it.
 */
const LATE_MS = 2;
/**
 * Where Ray's processes take more of this machine's CPU time than this, its few cores are what is measured, which no
 * cluster has to share like this. Such a case is measured with tasks twice as long instead, and then twice again.
 */
const FULL = 0.9;
const TIMES_LONGER = [1, 2, 4];

export function isCalm({ lateMs }: Measured): boolean {
  return lateMs <= LATE_MS;
}

function isFull(repeats: readonly Measured[]): boolean {
  return median(repeats.map(({ busy }) => busy ?? 0)) > FULL;
}

/** Measures what `dir` does not hold yet: a file a cluster, so that a long series can be stopped and taken up again. */
export async function measureAll(
  cases: readonly AccuracyCase[],
  dir: string,
  say: (progress: string) => void,
): Promise<Measurements> {
  mkdirSync(dir, { recursive: true });
  const all: Measurements = {};
  for (const cluster of new Set(cases.map((one) => one.cluster))) {
    const file = path.join(dir, `${cluster}.json`);
    const here = cases.filter((one) => one.cluster === cluster);
    if (!existsSync(file)) {
      say(`${here.length} cases on ${cluster}`);
      writeFileSync(file, JSON.stringify(await measureCluster(cluster, here)));
    }
    Object.assign(all, JSON.parse(readFileSync(file, 'utf8')));
  }
  return all;
}

/** Repeats go round the cases, so that what the machine does meanwhile hits all of them alike. */
async function measureCluster(cluster: string, cases: readonly AccuracyCase[]): Promise<Measurements> {
  const heliostat = new Heliostat();
  // Workers that are nicer than everything else would wait for the raylets: that is this machine's matter, not Ray's.
  heliostat.env['RAY_worker_niceness'] = '0';
  const folder = mkdtempSync(path.join(tmpdir(), 'heliostat-accuracy-'));
  const types = CLUSTERS[cluster]!.flatMap(({ count, cpus = 1, gpus = 0 }) => [
    '--node-type',
    `count=${count},cpus=${cpus},gpus=${gpus}`,
  ]);
  const measured: Measurements = {};
  const round = async (some: readonly AccuracyCase[], timesLonger: number): Promise<void> => {
    const files = some.map(({ name, graph }) => {
      const file = path.join(folder, `${name}.json`);
      writeFileSync(file, JSON.stringify(graph(timesLonger)));
      return file;
    });
    const graphs = Array.from({ length: REPEATS }, () => files).flat();
    const args = ['rehearse', '--graph', ...graphs, ...types];
    const { code, stdout, stderr } = await heliostat.run(
      [args, '--keep', '--no-recording', '--python', PYTHON, '--json'].flat(),
      (child) => putFirst(heliostat, child),
    );
    if (code !== 0) throw new Error(`${cluster}: ${stderr}`);
    (JSON.parse(stdout) as Rehearsed[]).forEach((one, at) => {
      (measured[some[at % some.length]!.name] ??= []).push({ ...one, timesLonger });
    });
  };
  try {
    let left = cases;
    for (const timesLonger of TIMES_LONGER) {
      for (const { name } of left) measured[name] = [];
      await round(left, timesLonger);
      const full =
        timesLonger < TIMES_LONGER.at(-1)! ? left.filter(({ name }) => isFull(measured[name]!)) : [];
      const late = left.filter(
        (one) => !full.includes(one) && measured[one.name]!.filter(isCalm).length < ENOUGH_CALM,
      );
      if (late.length > 0) await round(late, timesLonger);
      left = full;
      if (left.length === 0) break;
    }
    return measured;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await heliostat.end();
  }
}

/** A cluster comes before everything else from its start to the end of the rehearsals. */
async function putFirst(heliostat: Heliostat, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    putBefore(heliostat.markedProcesses());
    await delay(1000);
  }
  putAmong(heliostat.markedProcesses());
}
