/** Runs scripts on a cluster of one size and keeps their traces. */
import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { RunSummary } from '../../../simulator/cli/summary';
import type { ClusterInfo } from '../../../simulator/model/cluster';
import { Heliostat, PYTHON } from '../../cluster/heliostat';

export interface Size {
  name: string;
  nodes: number;
  cpus: number;
}

export const REPEATS = 3;

/** `DIR/SIZE/SCRIPT-REPEAT.heliostat`, all of them or none. */
export async function recordRuns(
  dir: string,
  size: Size,
  scripts: readonly string[],
  say: (progress: string) => void,
): Promise<void> {
  const heliostat = new Heliostat();
  const half = path.join(dir, `${size.name}.half`);
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  try {
    say(`a cluster of ${size.name}`);
    const up = ['up', '--nodes', `${size.nodes}`, '--cpus', `${size.cpus}`, '--python', PYTHON, '--json'];
    const cluster = JSON.parse(await succeed(heliostat, up)) as ClusterInfo;
    // Uses up the workers that Ray starts with a node, which later jobs do not find.
    await succeed(heliostat, ['run', fileOf('first'), '--cluster', cluster.id, '--json']);
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      for (const script of scripts) {
        say(`${script} on ${size.name}`);
        const { run } = JSON.parse(
          await succeed(heliostat, ['run', fileOf(script), '--cluster', cluster.id, '--json']),
        ) as RunSummary;
        // Waits until the trace is whole.
        await succeed(heliostat, ['trace', run, '--json']);
        const trace = path.join(heliostat.paths.runs, run, 'trace.heliostat');
        copyFileSync(trace, path.join(half, `${script}-${repeat}.heliostat`));
      }
    }
    renameSync(half, path.join(dir, size.name));
  } finally {
    await heliostat.end();
  }
}

function fileOf(script: string): string {
  return path.resolve('test/bench/endToEnd', `${script}.py`);
}

async function succeed(heliostat: Heliostat, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await heliostat.run(args);
  if (code !== 0) throw new Error(`heliostat ${args.join(' ')}: ${stderr}`);
  return stdout;
}
