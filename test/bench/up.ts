/** Issue: a process cluster of one head against a bare `ray start --head`; Docker with three nodes against the same by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { freePorts } from '../../simulator/base/ports';
import { readNodes } from '../../simulator/ray/nodes';
import type { ClusterInfo } from '../../simulator/model/cluster';
import { endMarked } from '../cluster/marked';
import { Heliostat, PYTHON, until } from '../cluster/heliostat';
import { against, interleaved, timed, type Bench, type Row } from './harness';

const ROUNDS = 3;
const IMAGE = process.env['HELIOSTAT_TEST_IMAGE'] ?? 'heliostat-test:ray2.60.0-py311';
const AT_MOST = 1.15;

export const bench: Bench = {
  about: '`heliostat up` until it is ready, against the same nodes started by hand',
  async run(say) {
    const heliostat = new Heliostat();
    try {
      // An engine that is there already, as after the first command of a day.
      await heliostat.run(['runs']);
      say('process clusters');
      const rows = [await processes(heliostat)];
      say('Docker clusters');
      rows.push(await containers(heliostat));
      return rows;
    } finally {
      await heliostat.end();
    }
  },
};

async function processes(heliostat: Heliostat): Promise<Row> {
  const { ours, byHand } = await interleaved(ROUNDS, {
    ours: () => up(heliostat, ['--backend', 'process', '--nodes', '1', '--python', PYTHON]),
    byHand: rayStart,
  });
  return against('process cluster, 1 head', ours, '`ray start --head`', byHand, AT_MOST);
}

async function containers(heliostat: Heliostat): Promise<Row> {
  const { ours, byHand } = await interleaved(ROUNDS, {
    ours: () => up(heliostat, ['--backend', 'docker', '--nodes', '3', '--cpus', '1', '--image', IMAGE]),
    byHand: dockerRun,
  });
  return against('Docker cluster, 1 head and 2 workers', ours, 'three `docker run`', byHand, AT_MOST);
}

async function up(heliostat: Heliostat, args: string[]): Promise<number> {
  const { wallMs, stdout } = await timed(process.execPath, ['dist/cli.js', 'up', '--json', ...args], {
    env: heliostat.env,
  });
  await heliostat.run(['down', (JSON.parse(stdout) as ClusterInfo).id]);
  return wallMs;
}

/** Until the command returns: Ray's dashboard answers by then. */
async function rayStart(): Promise<number> {
  const dir = mkdtempSync(path.join(tmpdir(), 'hsb-'));
  const mark = `HELIOSTAT_BENCH_${randomBytes(4).toString('hex')}`;
  const [gcs, dashboard, agent] = await freePorts(3);
  try {
    const { wallMs } = await timed(
      PYTHON,
      [
        ...['-m', 'ray.scripts.scripts', 'start', '--head', `--port=${gcs}`, `--temp-dir=${dir}/r`],
        ...[`--dashboard-port=${dashboard}`, `--dashboard-agent-listen-port=${agent}`],
      ],
      {
        cwd: dir,
        env: {
          ...home(),
          RAY_AUTH_MODE: 'disabled',
          RAY_USAGE_STATS_ENABLED: '0',
          SPT_NOENV: '1',
          [mark]: '1',
        },
      },
    );
    return wallMs;
  } finally {
    await endMarked(`${mark}=1`);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Until Ray's dashboard lists three nodes. */
async function dockerRun(): Promise<number> {
  const name = `hsb-${randomBytes(4).toString('hex')}`;
  const docker = (...args: string[]) => timed('docker', args);
  const ray = (...args: string[]) => [IMAGE, 'ray', 'start', '--num-cpus=1', '--block', ...args];
  const node = ['run', '--detach', '--init', `--network=${name}`, '--shm-size=256m', '--cpus=1'];
  const env = ['--env=RAY_AUTH_MODE=disabled', '--env=RAY_USAGE_STATS_ENABLED=0'];
  const [port] = await freePorts(1);
  const fromMs = performance.now();
  try {
    await docker('network', 'create', name);
    const head = ray('--head', '--dashboard-host=0.0.0.0', '--object-store-memory=100000000');
    await docker(...node, ...env, `--publish=127.0.0.1:${port}:8265`, `--name=${name}-head`, ...head);
    const worker = ray(`--address=${name}-head:6379`, '--object-store-memory=100000000');
    await Promise.all([1, 2].map((n) => docker(...node, ...env, `--name=${name}-${n}`, ...worker)));
    const endpoint = { address: `http://127.0.0.1:${port}`, token: null };
    await until('three nodes', async () => {
      const nodes = await readNodes(endpoint, { signal: AbortSignal.timeout(1000) }).catch(() => []);
      return nodes.filter((one) => one.alive).length === 3;
    });
    return performance.now() - fromMs;
  } finally {
    await docker('rm', '--force', `${name}-head`, `${name}-1`, `${name}-2`).catch(() => {});
    await docker('network', 'rm', name).catch(() => {});
  }
}

function home(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'] };
}
