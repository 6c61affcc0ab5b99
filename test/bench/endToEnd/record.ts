/** Runs scripts on a cluster of one size and keeps their traces. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunSummary } from '../../../simulator/cli/summary';
import type { ClusterInfo } from '../../../simulator/model/cluster';
import { Heliostat, PYTHON } from '../../cluster/heliostat';
import { MOST_BY_OTHERS, Others } from './others';

/** A cluster, and the words after `heliostat up` that make it. */
export interface Place {
  name: string;
  up: string[];
}

/** A script of this folder, and its arguments. */
export interface Job {
  name: string;
  script: string;
  args: string[];
}

const REPEATS = 3;
/** Of a run that others have disturbed; the one that they disturbed least is kept. */
const ATTEMPTS = 3;
const LONGEST_WAIT_MS = 20_000;

export interface Recorded {
  trace: string;
  /** Share of this machine's cores that others had meanwhile. */
  others: number;
}

/** Those that are there. */
export function recorded(dir: string, place: string, job: string): Recorded[] {
  const traces = Array.from({ length: REPEATS }, (_, repeat) => traceOf(dir, place, job, repeat));
  return traces.filter(existsSync).map((trace) => ({ trace, others: othersOf(trace) }));
}

/** `DIR/PLACE/JOB-REPEAT.heliostat`, those that are not there yet. */
export async function recordRuns(
  dir: string,
  place: Place,
  jobs: readonly Job[],
  say: (progress: string) => void,
): Promise<void> {
  const wanted = Array.from({ length: REPEATS }, (_, repeat) =>
    jobs.map((job) => ({ job, trace: traceOf(dir, place.name, job.name, repeat) })),
  );
  const missing = wanted.flat().filter(({ trace }) => !existsSync(trace));
  if (missing.length === 0) return;
  mkdirSync(path.join(dir, place.name), { recursive: true });
  const heliostat = new Heliostat();
  const others = new Others([heliostat.paths.home, heliostat.paths.clusters]);
  try {
    say(`a cluster of ${place.name}`);
    const up = ['up', ...place.up, '--python', PYTHON, '--json'];
    const cluster = JSON.parse(await succeed(heliostat, up)) as ClusterInfo;
    // Uses up the workers that Ray starts with a node, which later jobs do not find.
    await succeed(heliostat, ['run', fileOf('first'), '--cluster', cluster.id, '--json']);
    for (const { job, trace } of missing) {
      let least = Infinity;
      for (let attempt = 0; attempt < ATTEMPTS && least > MOST_BY_OTHERS; attempt++) {
        say(`${job.name} on ${place.name}`);
        await others.quiet(LONGEST_WAIT_MS);
        const { result, share } = await others.during(() => runOnce(heliostat, job, cluster.id));
        if (share >= least) continue;
        least = share;
        writeFileSync(othersFile(trace), JSON.stringify({ others: share }));
        copyFileSync(result, trace);
      }
    }
  } finally {
    await heliostat.end();
  }
}

/** Returns its trace. */
async function runOnce(heliostat: Heliostat, { script, args: own }: Job, cluster: string): Promise<string> {
  const args = ['run', fileOf(script), '--cluster', cluster, '--json', '--', ...own];
  const { run } = JSON.parse(await succeed(heliostat, args)) as RunSummary;
  // Waits until the trace is whole.
  await succeed(heliostat, ['trace', run, '--json']);
  return path.join(heliostat.paths.runs, run, 'trace.heliostat');
}

function traceOf(dir: string, place: string, job: string, repeat: number): string {
  return path.join(dir, place, `${job}-${repeat}.heliostat`);
}

function othersFile(trace: string): string {
  return trace.replace(/\.heliostat$/, '.json');
}

function othersOf(trace: string): number {
  return (JSON.parse(readFileSync(othersFile(trace), 'utf8')) as { others: number }).others;
}

function fileOf(script: string): string {
  return path.resolve('test/bench/endToEnd', `${script}.py`);
}

async function succeed(heliostat: Heliostat, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await heliostat.run(args);
  if (code !== 0) throw new Error(`heliostat ${args.join(' ')}: ${stderr}`);
  return stdout;
}
