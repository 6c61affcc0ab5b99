/** Runs scripts on a cluster of one size and keeps their traces. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunSummary } from '../../../simulator/cli/summary';
import type { ClusterInfo } from '../../../simulator/model/cluster';
import { Heliostat, PYTHON } from '../../cluster/heliostat';
import { MOST_BY_OTHERS, Others } from './others';

export interface Size {
  name: string;
  nodes: number;
  cpus: number;
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
export function recorded(dir: string, size: Size, script: string): Recorded[] {
  const traces = Array.from({ length: REPEATS }, (_, repeat) => traceOf(dir, size, script, repeat));
  return traces.filter(existsSync).map((trace) => ({ trace, others: othersOf(trace) }));
}

/** `DIR/SIZE/SCRIPT-REPEAT.heliostat`, those that are not there yet. */
export async function recordRuns(
  dir: string,
  size: Size,
  scripts: readonly string[],
  say: (progress: string) => void,
): Promise<void> {
  const wanted = Array.from({ length: REPEATS }, (_, repeat) =>
    scripts.map((script) => ({ script, trace: traceOf(dir, size, script, repeat) })),
  );
  const missing = wanted.flat().filter(({ trace }) => !existsSync(trace));
  if (missing.length === 0) return;
  mkdirSync(path.join(dir, size.name), { recursive: true });
  const heliostat = new Heliostat();
  const others = new Others([heliostat.paths.home, heliostat.paths.clusters]);
  try {
    say(`a cluster of ${size.name}`);
    const up = ['up', '--nodes', `${size.nodes}`, '--cpus', `${size.cpus}`, '--python', PYTHON, '--json'];
    const cluster = JSON.parse(await succeed(heliostat, up)) as ClusterInfo;
    // Uses up the workers that Ray starts with a node, which later jobs do not find.
    await succeed(heliostat, ['run', fileOf('first'), '--cluster', cluster.id, '--json']);
    for (const { script, trace } of missing) {
      let least = Infinity;
      for (let attempt = 0; attempt < ATTEMPTS && least > MOST_BY_OTHERS; attempt++) {
        say(`${script} on ${size.name}`);
        await others.quiet(LONGEST_WAIT_MS);
        const { result, share } = await others.during(() => runOnce(heliostat, script, cluster.id));
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
async function runOnce(heliostat: Heliostat, script: string, cluster: string): Promise<string> {
  const args = ['run', fileOf(script), '--cluster', cluster, '--json'];
  const { run } = JSON.parse(await succeed(heliostat, args)) as RunSummary;
  // Waits until the trace is whole.
  await succeed(heliostat, ['trace', run, '--json']);
  return path.join(heliostat.paths.runs, run, 'trace.heliostat');
}

function traceOf(dir: string, size: Size, script: string, repeat: number): string {
  return path.join(dir, size.name, `${script}-${repeat}.heliostat`);
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
