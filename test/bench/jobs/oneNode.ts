/** What benches of jobs share: a cluster of one node, and a script that measures itself. */
import type { ClusterInfo } from '../../../simulator/model/cluster';
import { Heliostat, PYTHON } from '../../cluster/heliostat';
import { timed, type Row } from '../harness';

/** A cluster of one node with two CPUs, as processes; `args` come last and so replace what they name again. */
export async function upOneNode(heliostat: Heliostat, args: readonly string[] = []): Promise<ClusterInfo> {
  const cluster = ['--nodes', '1', '--cpus', '2', '--backend', 'process', '--python', PYTHON];
  const { code, stdout, stderr } = await heliostat.run(['up', ...cluster, '--json', ...args]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ClusterInfo;
}

/** Measures on such a cluster, which is there for it alone. */
export async function onOneNode(
  say: (words: string) => void,
  measure: (heliostat: Heliostat, cluster: string) => Promise<Row[]>,
  args: readonly string[] = [],
): Promise<Row[]> {
  const heliostat = new Heliostat();
  try {
    say('starting a cluster');
    const { id } = await upOneNode(heliostat, args);
    return await measure(heliostat, id);
  } finally {
    await heliostat.end();
  }
}

/** Runs a script on a cluster and returns what it printed. */
export async function printedBy(heliostat: Heliostat, cluster: string, script: string): Promise<string> {
  const args = ['dist/cli.js', 'run', script, '--cluster', cluster];
  return (await timed(process.execPath, args, { env: heliostat.env })).stdout;
}

/** The job's own measure, from its first submission to its last result. */
export function printedMs(output: string): number {
  const printed = /wall time: ([\d.]+) ms/.exec(output)?.[1];
  if (!printed) throw new Error(`The script printed no time: ${output}`);
  return Number(printed);
}
