/** The same nodes as somebody would start them by typing: `ray start`, or `docker run` with `ray start` in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { freePorts } from '../../../simulator/base/ports';
import type { Endpoint } from '../../../simulator/ray/endpoint';
import { readNodes } from '../../../simulator/ray/nodes';
import { PYTHON, until } from '../../cluster/heliostat';
import { endMarked } from '../../cluster/marked';
import { timed } from '../harness';

export const IMAGE = process.env['HELIOSTAT_TEST_IMAGE'] ?? 'heliostat-test:ray2.60.0-py311';

/** A cluster that nothing of ours has touched. Times are in milliseconds. */
export interface ByHand {
  startHead(): Promise<number>;
  /** Until Ray's dashboard lists all; workers are started at once. */
  startWorkers(count: number): Promise<number>;
  /** The worker that came last. */
  dropWorker(): Promise<void>;
  end(): Promise<number>;
}

export class ProcessesByHand implements ByHand {
  private readonly dir = mkdtempSync(path.join(tmpdir(), 'hsb-'));
  private readonly mark = `HELIOSTAT_BENCH_${randomBytes(4).toString('hex')}`;
  private gcs = 0;
  private dashboard = 0;
  private workers = 0;

  async startHead(): Promise<number> {
    const [gcs = 0, dashboard = 0] = await freePorts(2);
    Object.assign(this, { gcs, dashboard });
    const where = [`--port=${gcs}`, `--temp-dir=${this.dir}/r`, `--dashboard-port=${dashboard}`];
    return this.rayStart('head', ['--head', ...where]);
  }

  async startWorkers(count: number): Promise<number> {
    const fromMs = performance.now();
    const begun = Array.from({ length: count }, () => {
      const name = `worker${++this.workers}`;
      return this.rayStart(name, [
        `--address=127.0.0.1:${this.gcs}`,
        `--node-ip-address=127.0.0.${this.workers + 2}`,
      ]);
    });
    await Promise.all(begun);
    await untilListed(local(this.dashboard), this.workers + 1);
    return performance.now() - fromMs;
  }

  async dropWorker(): Promise<void> {
    await endMarked(`${this.mark}=worker${this.workers--}`);
    await untilListed(local(this.dashboard), this.workers + 1);
  }

  async end(): Promise<number> {
    const fromMs = performance.now();
    for (let worker = 1; worker <= this.workers; worker++) await endMarked(`${this.mark}=worker${worker}`);
    await endMarked(`${this.mark}=head`);
    rmSync(this.dir, { recursive: true, force: true });
    return performance.now() - fromMs;
  }

  /** Until the command returns: of a head, Ray's dashboard answers by then. */
  private async rayStart(name: string, args: string[]): Promise<number> {
    const [agent] = await freePorts(1);
    const common = [
      '--num-cpus=1',
      '--object-store-memory=100000000',
      `--dashboard-agent-listen-port=${agent}`,
    ];
    const { wallMs } = await timed(PYTHON, ['-m', 'ray.scripts.scripts', 'start', ...args, ...common], {
      cwd: this.dir,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        RAY_AUTH_MODE: 'disabled',
        RAY_USAGE_STATS_ENABLED: '0',
        SPT_NOENV: '1',
        [this.mark]: name,
      },
    });
    return wallMs;
  }
}

export class ContainersByHand implements ByHand {
  private readonly name = `hsb-${randomBytes(4).toString('hex')}`;
  private port = 0;
  private workers = 0;

  async startHead(): Promise<number> {
    [this.port = 0] = await freePorts(1);
    const fromMs = performance.now();
    await timed('docker', ['network', 'create', this.name]);
    const publish = `--publish=127.0.0.1:${this.port}:8265`;
    await this.dockerRun('head', [publish], ['--head', '--dashboard-host=0.0.0.0']);
    return performance.now() - fromMs;
  }

  async startWorkers(count: number): Promise<number> {
    const fromMs = performance.now();
    const begun = Array.from({ length: count }, () =>
      this.dockerRun(String(++this.workers), [], [`--address=${this.name}-head:6379`]),
    );
    await Promise.all(begun);
    await untilListed(local(this.port), this.workers + 1);
    return performance.now() - fromMs;
  }

  async dropWorker(): Promise<void> {
    await timed('docker', ['rm', '--force', `${this.name}-${this.workers--}`]);
    await untilListed(local(this.port), this.workers + 1);
  }

  async end(): Promise<number> {
    const fromMs = performance.now();
    const numbers = Array.from({ length: this.workers }, (_, index) => String(index + 1));
    await timed('docker', ['rm', '--force', ...['head', ...numbers].map((one) => `${this.name}-${one}`)]);
    await timed('docker', ['network', 'rm', this.name]);
    return performance.now() - fromMs;
  }

  private async dockerRun(node: string, flags: string[], args: string[]): Promise<void> {
    const env = ['--env=RAY_AUTH_MODE=disabled', '--env=RAY_USAGE_STATS_ENABLED=0'];
    const limits = [`--network=${this.name}`, '--shm-size=256m', '--cpus=1', `--name=${this.name}-${node}`];
    const ray = [
      IMAGE,
      'ray',
      'start',
      '--num-cpus=1',
      '--object-store-memory=100000000',
      '--block',
      ...args,
    ];
    await timed('docker', ['run', '--detach', '--init', ...limits, ...env, ...flags, ...ray]);
  }
}

function local(port: number): Endpoint {
  return { address: `http://127.0.0.1:${port}`, token: null };
}

async function untilListed(endpoint: Endpoint, count: number): Promise<void> {
  await until(`${count} nodes`, async () => {
    const nodes = await readNodes(endpoint, { signal: AbortSignal.timeout(1000) }).catch(() => []);
    return nodes.filter((one) => one.alive).length === count;
  });
}
