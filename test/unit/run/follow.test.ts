/** A run is followed through what a dashboard that is busy, or a proxy before it, answers meanwhile. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { silentLog } from '../../../simulator/base/context';
import { toFailure } from '../../../simulator/model/failure';
import { follow, type Followed } from '../../../simulator/run/follow';
import { RemotePlace } from '../../../simulator/run/remotePlace';
import { RunLog } from '../../../simulator/run/runLog';

const TROUBLE_MS = 1000;

let dir: string;
let server: Server;
/** What the dashboard answers for a while, once the job runs. */
let trouble = 503;

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'heliostat-follow-'));
  let runningMs: number | null = null;
  server = createServer(({ url }, response) => {
    const isFirst = runningMs === null;
    runningMs ??= performance.now();
    const isOver = performance.now() - runningMs > TROUBLE_MS;
    if (!isFirst && !isOver) return response.writeHead(trouble).end('later');
    const job = isOver ? { status: 'SUCCEEDED', driver_exit_code: 0 } : { status: 'RUNNING' };
    return response.end(JSON.stringify(url!.endsWith('/logs') ? { logs: 'all of it\n' } : job));
  });
  // The log's socket closes before it has sent anything.
  new WebSocketServer({ server }).on('connection', (socket) => socket.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  rmSync(dir, { recursive: true, force: true });
  await new Promise((resolve) => server.close(resolve));
});

function followed(): Promise<Followed> {
  const endpoint = { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: null };
  const place = new RemotePlace({ clusterId: 'remote-1', clusterName: 'x', endpoint, luggage: null });
  const ctx = { log: silentLog, signal: new AbortController().signal, step: () => {} };
  const quiet = { onProgress() {}, onSource() {}, onEvents() {}, onOutput() {} };
  return follow(ctx, place, 'job', new RunLog(path.join(dir, 'log.txt'), () => {}), quiet);
}

it.each([500, 503, 429])('a run goes on through %i', async (status) => {
  trouble = status;
  expect((await followed()).end).toEqual({ exitCode: 0, failure: null, stopped: false });
  expect(readFileSync(path.join(dir, 'log.txt'), 'utf8')).toBe('all of it\n');
});

it('a run whose question Ray refuses fails at once', async () => {
  trouble = 400;
  const thrown: unknown = await followed().catch((error: unknown) => error);
  expect(toFailure(thrown)).toMatchObject({ code: 'ray-answer', status: 400 });
});
