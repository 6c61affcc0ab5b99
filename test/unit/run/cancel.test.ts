/** Cancelling a run on a cluster that only has Ray's HTTP API, at every step of its way there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { silentLog, sleep as patiently } from '../../../simulator/base/context';
import { isEnded, type RunInfo } from '../../../simulator/model/run';
import { Cancellation } from '../../../simulator/run/cancellation';
import type { Placement } from '../../../simulator/run/place';
import { RunRecords } from '../../../simulator/run/record';
import { RemotePlace } from '../../../simulator/run/remotePlace';
import { RunSession } from '../../../simulator/run/session';
import { aRun } from '../extension/sampleData';

const SLOW_MS = 400;

/** Ray's job API, as far as a run needs it. A job goes on until it is stopped. */
class JobApi {
  readonly jobs = new Map<string, string>();
  readonly asked: string[] = [];
  slow: 'upload' | 'submit' | null = null;
  private readonly server = createServer((request, response) => {
    this.answer(request).then(
      ({ status = 200, body = {} }) => response.writeHead(status).end(JSON.stringify(body)),
      () => response.destroy(),
    );
  });

  async listen(): Promise<string> {
    const sockets = new WebSocketServer({ noServer: true });
    this.server.on('upgrade', (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (log) => void sleep(50).then(() => log.close())),
    );
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage): Promise<{ status?: number; body?: unknown }> {
    const [, name = '', action = ''] = /^\/api\/jobs\/([^/]*)\/?(.*)$/.exec(request.url!) ?? [];
    const kind = request.url!.startsWith('/api/packages')
      ? 'package'
      : name === ''
        ? 'submit'
        : action || 'job';
    this.asked.push(`${request.method} ${kind}`);
    const body = (await request.toArray()).join('');
    const status = this.jobs.get(name);
    if (kind === 'package') {
      if (request.method === 'PUT' && this.slow === 'upload') await sleep(SLOW_MS);
      return { status: request.method === 'GET' ? 404 : 200 };
    }
    if (kind === 'submit') {
      if (this.slow === 'submit') await sleep(SLOW_MS);
      this.jobs.set((JSON.parse(body) as { submission_id: string }).submission_id, 'RUNNING');
      return {};
    }
    if (status === undefined) return { status: 404 };
    if (kind === 'stop') this.jobs.set(name, 'STOPPED');
    return { body: kind === 'logs' ? { logs: '' } : { status, message: '', driver_exit_code: null } };
  }
}

let dir: string;
let api: JobApi;
let place: RemotePlace;
let session: RunSession;
let whenPrepared: (signal: AbortSignal) => Promise<void>;
/** Every state that the run has had. */
let states: string[];

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'heliostat-cancel-'));
  writeFileSync(path.join(dir, 'sums.py'), 'print(1)\n');
  api = new JobApi();
  whenPrepared = () => Promise.resolve();
  const endpoint = { address: await api.listen(), token: null };
  place = new RemotePlace({ clusterId: 'abcdef', clusterName: 'theirs', endpoint, luggage: null });
  session = aSession({ kind: 'preparing', step: 'Reading the script' }, null);
});
afterEach(() => {
  api.close();
  rmSync(dir, { recursive: true, force: true });
});

function aSession(state: RunInfo['state'], submissionId: string | null): RunSession {
  const script = path.join(dir, 'sums.py');
  const records = new RunRecords(path.join(dir, 'runs'));
  const info = aRun({
    ...{ id: records.create(script), script, workingDir: dir, state, submissionId },
    ...{ clusterId: submissionId && 'abcdef', clusterName: null, backend: null },
    ...{ createdMs: Date.now(), startMs: null },
  });
  const launch = {
    ...{ run: info.id, script, args: [], workingDir: dir, env: {}, debug: false },
    ...{ keepArguments: false as const, replay: null, dependencies: [] },
  };
  const placement: Placement = {
    prepare: async ({ signal }) => {
      await whenPrepared(signal);
      return { place, launch };
    },
    endpoint: () => Promise.reject(new Error('No job has connected to Ray.')),
  };
  const request = { script, target: { kind: 'address' as const, address: 'x' } };
  states = [];
  const note = (): void => {
    if (states.at(-1) !== info.state.kind) states.push(info.state.kind);
  };
  return new RunSession({ format: 1, info, request }, records, placement, silentLog, note);
}

/** Runs it to its end, cancelled `afterMs` after Ray was first asked that. Returns how long the end took from then on. */
async function cancelAt(question: string, afterMs: number): Promise<number> {
  const running = session.run();
  while (!api.asked.includes(question)) await sleep(5);
  await sleep(afterMs);
  const fromMs = performance.now();
  session.cancel();
  expect(session.info.state.kind).toBe('stopping');
  while (!isEnded(session.info.state)) await sleep(5);
  const tookMs = performance.now() - fromMs;
  await running;
  return tookMs;
}

const jobs = () => [...api.jobs.values()];

describe('a run that is cancelled', () => {
  it('while its folder is uploaded is over at once, and never becomes a job', async () => {
    api.slow = 'upload';
    expect(await cancelAt('PUT package', 50)).toBeLessThan(SLOW_MS / 2);
    await sleep(SLOW_MS);
    expect(jobs()).toEqual([]);
    expect(session.info).toMatchObject({ state: { kind: 'cancelled' }, notices: [] });
  });

  it('while Ray takes the job has it stopped as soon as it is there, and stays “stopping” until it has', async () => {
    api.slow = 'submit';
    await cancelAt('POST submit', 50);
    expect(jobs()).toEqual(['STOPPED']);
    expect(states).toEqual(['preparing', 'stopping', 'cancelled']);
    expect(session.info.notices).toEqual([]);
  });

  it('while its job runs has it stopped', async () => {
    await cancelAt('GET job', 600);
    expect(jobs()).toEqual(['STOPPED']);
    expect(states.slice(-3)).toEqual(['running', 'stopping', 'cancelled']);
  });
});

describe('a run that the next engine finds', () => {
  it('stopping is stopped again', async () => {
    api.jobs.set('heliostat-1', 'RUNNING');
    session = aSession({ kind: 'stopping' }, 'heliostat-1');
    await session.run();
    expect(jobs()).toEqual(['STOPPED']);
    expect(session.info.state.kind).toBe('cancelled');
  });

  it('and that is cancelled before its cluster is found is stopped once it is', async () => {
    api.jobs.set('heliostat-1', 'RUNNING');
    session = aSession({ kind: 'running' }, 'heliostat-1');
    whenPrepared = (signal) => patiently(100, signal);
    const running = session.run();
    session.cancel();
    await running;
    expect(jobs()).toEqual(['STOPPED']);
    expect(session.info.state.kind).toBe('cancelled');
  });

  it('cancelled before it was anywhere never starts', async () => {
    session = aSession({ kind: 'stopping' }, null);
    await session.run();
    expect(session.info.state.kind).toBe('cancelled');
    expect(api.asked).toEqual([]);
  });
});

describe('a job whose end is not seen', () => {
  const bounds = { giveUpMs: 250, stopAgainMs: 100 };
  const stop = () => place.stop('heliostat-1');
  const stops = () => api.asked.filter((question) => question === 'POST stop').length;
  let cancellation: Cancellation;
  beforeEach(() => {
    cancellation = new Cancellation(session.info, silentLog, bounds);
  });

  it('is told to stop again, once more when it is given up, and the user is told', async () => {
    await cancellation.launch(() => Promise.resolve(['Mind the gap.']), stop);
    cancellation.want();
    await sleep(400);
    expect(stops()).toBeGreaterThan(2);
    expect(cancellation.withJob.aborted).toBe(true);
    expect(session.info.notices).toEqual([expect.stringContaining('may still be running')]);
  });

  it('is left alone once its end is seen', async () => {
    await cancellation.launch(() => Promise.resolve([]), stop);
    cancellation.want();
    cancellation.settle();
    await sleep(400);
    expect(stops()).toBe(1);
    expect(cancellation.withJob.aborted).toBe(false);
  });

  it('is stopped when Ray takes it after all', async () => {
    const launching = cancellation.launch(() => sleep(400, []), stop);
    cancellation.want();
    await expect(launching).rejects.toMatchObject({ failure: { code: 'cancelled' } });
    expect(stops()).toBe(0);
    await sleep(300);
    expect(stops()).toBe(1);
  });
});
