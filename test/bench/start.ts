/**
 * Issue: on a warm cluster, from the command to the first line of the script's own output (the script connects to Ray
 * first, as scripts do), and from the end of the script's process to the end of the command.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readPorts } from '../../simulator/cluster/processPorts';
import { clusterFiles } from '../../simulator/cluster/clusterFiles';
import type { ClusterInfo } from '../../simulator/model/cluster';
import { Heliostat, PYTHON } from '../cluster/heliostat';
import { against, interleaved, shownMs, timed, within, type Bench, type Row } from './harness';

const ROUNDS = 5;
const SCRIPT = path.resolve('test/samples/bench/firstLine.py');

interface Start {
  firstLineMs: number;
  /** From the end of the script's process to the end of the command. */
  endSeenMs: number;
}

export const bench: Bench = {
  about:
    'warm cluster: `heliostat run` until the script speaks, against `ray job submit` and a driver by hand',
  async run(say) {
    const heliostat = new Heliostat();
    try {
      say('starting a cluster of one node');
      const up = await heliostat.run(['up', '--nodes', '1', '--python', PYTHON, '--json']);
      if (up.code !== 0) throw new Error(up.stderr);
      const cluster = JSON.parse(up.stdout) as ClusterInfo;
      say('measuring');
      return await measure(heliostat, cluster);
    } finally {
      await heliostat.end();
    }
  },
};

async function measure(heliostat: Heliostat, cluster: ClusterInfo): Promise<Row[]> {
  const files = clusterFiles(heliostat.paths.clusters, cluster.id);
  const ports = readPorts(files);
  if (!ports) throw new Error('The cluster has no ports.');
  const token = { RAY_AUTH_MODE: 'token', RAY_AUTH_TOKEN_PATH: files.tokenFile };
  const home = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  const byHand = { ...home, ...token, RAY_ADDRESS: `127.0.0.1:${ports.gcs}`, PYTHONUNBUFFERED: '1' };
  const submit = { ...home, ...token };
  const job = ['-m', 'ray.scripts.scripts', 'job', 'submit', `--address=${cluster.dashboardUrl}`, '--'];
  const { ours, jobSubmit, driver } = await interleaved(ROUNDS, {
    ours: () =>
      start(process.execPath, ['dist/cli.js', 'run', SCRIPT, '--cluster', cluster.id], heliostat.env),
    jobSubmit: () => start(PYTHON, [...job, PYTHON, SCRIPT], submit),
    driver: () => start(PYTHON, [SCRIPT], byHand),
  });
  const first = (starts: Start[]) => starts.map((one) => one.firstLineMs);
  const end = (starts: Start[]) => starts.map((one) => one.endSeenMs);
  return [
    against('first line', first(ours), '`ray job submit`', first(jobSubmit), 0.3),
    against('first line', first(ours), 'driver by hand', first(driver), 1.3),
    within('end seen after the process ended', end(ours), 500),
    { what: 'the same, `ray job submit`', ours: '', peer: shownMs(end(jobSubmit)), value: NaN },
  ];
}

/** The script's first line holds its process id. */
async function start(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<Start> {
  const fromMs = performance.now();
  let firstLineMs = 0;
  let processEndMs = 0;
  const { wallMs } = await timed(command, args, {
    env,
    onOutput: (printed) => {
      const pid = /first line of (\d+)\n/.exec(printed)?.[1];
      if (!pid || firstLineMs > 0) return;
      firstLineMs = performance.now() - fromMs;
      const look = setInterval(() => {
        if (existsSync(`/proc/${pid}`)) return;
        processEndMs = performance.now() - fromMs;
        clearInterval(look);
      }, 2);
      look.unref();
    },
  });
  if (firstLineMs === 0) throw new Error(`${command} printed no first line.`);
  return { firstLineMs, endSeenMs: Math.max(0, wallMs - (processEndMs || wallMs)) };
}
