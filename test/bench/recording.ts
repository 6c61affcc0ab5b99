/** Issue: what recording costs a job's own wall time, on 10,000 tasks that do nothing, and CPU a submission. */
import path from 'node:path';
import type { ClusterInfo } from '../../simulator/model/cluster';
import { Heliostat, PYTHON } from '../cluster/heliostat';
import { lastJson } from '../cluster/rayByHand';
import { against, interleaved, timed, type Bench, type Row } from './harness';

const ROUNDS = Number(process.env['HELIOSTAT_BENCH_ROUNDS'] ?? 7);
const SCRIPT = path.resolve('test/samples/bench/noops.py');
const SUBMISSIONS = path.resolve('test/samples/bench/submissions.py');
const MOST_US = 10;

export const bench: Bench = {
  about: '10,000 no-op tasks in one job with recording on and off, two clusters of one node in turn',
  async run(say) {
    const heliostat = new Heliostat();
    try {
      say('starting two clusters');
      const recorded = await up(heliostat, []);
      const bare = await up(heliostat, ['--no-recording']);
      say('measuring');
      const { on, off } = await interleaved(ROUNDS, {
        on: () => wallMs(heliostat, recorded.id),
        off: () => wallMs(heliostat, bare.id),
      });
      return [
        against('job with recording', on, 'without', off, 1.03),
        ...(await submissions(heliostat, recorded.id)),
      ];
    } finally {
      await heliostat.end();
    }
  },
};

async function up(heliostat: Heliostat, args: string[]): Promise<ClusterInfo> {
  const { code, stdout, stderr } = await heliostat.run([
    'up',
    '--nodes',
    '1',
    '--cpus',
    '2',
    '--python',
    PYTHON,
    '--json',
    ...args,
  ]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ClusterInfo;
}

/** The job's own measure, from its first submission to its last result. */
async function wallMs(heliostat: Heliostat, cluster: string): Promise<number> {
  const { stdout } = await timed(process.execPath, ['dist/cli.js', 'run', SCRIPT, '--cluster', cluster], {
    env: heliostat.env,
  });
  const printed = /wall time: ([\d.]+) ms/.exec(stdout)?.[1];
  if (!printed) throw new Error(`The script printed no time: ${stdout}`);
  return Number(printed);
}

/** `own`: of the submitting thread, a number a pair; `flusher`: of the probe's thread, the mean. Microseconds. */
type Measured = Record<string, { own: number[]; flusher: number; median: number }>;

/** CPU time with the probe less CPU time without it, in one process, by turns. */
async function submissions(heliostat: Heliostat, cluster: string): Promise<Row[]> {
  const { stdout } = await timed(
    process.execPath,
    ['dist/cli.js', 'run', SUBMISSIONS, '--cluster', cluster],
    { env: heliostat.env },
  );
  return Object.entries(lastJson(stdout) as Measured).map(([what, { median: own, flusher }]) => ({
    what: `CPU to submit ${what}`,
    ours: `${own.toFixed(1)} µs, and ${flusher.toFixed(1)} µs to write it`,
    peer: '',
    value: own + flusher,
    target: { atMost: MOST_US },
  }));
}
