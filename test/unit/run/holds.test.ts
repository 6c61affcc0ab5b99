/** Which clusters a run holds, and for how long, in an engine beside a server that answers like Ray's dashboard. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../../simulator/base/context';
import { locatePaths } from '../../../simulator/base/paths';
import { Engine } from '../../../simulator/engine/engine';
import type { RunRequest } from '../../../simulator/model/run';
import type { EngineInfo } from '../../../simulator/protocol';

let dir: string;
let server: Server;
let engine: Engine;

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'hs-holds-'));
  server = createServer((_, response) => response.end(JSON.stringify({ ray_version: '2.60.0' })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  engine = new Engine({
    paths: locatePaths({ HELIOSTAT_HOME: dir }),
    assetsDir: 'simulator',
    log: silentLog,
    leave: () => {},
    isWatched: () => false,
    changed: () => {},
    info: () => ({}) as EngineInfo,
  });
});

afterEach(async () => {
  rmSync(dir, { recursive: true, force: true });
  await new Promise((resolve) => server.close(resolve));
});

it('a run that fails once it has its cluster holds it no more', async () => {
  const script = path.join(dir, 'sums.py');
  writeFileSync(script, 'import ray\n');
  const client = { client: 'test', topics: new Set<string>() };
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // There one cannot be replayed, which is seen only when the cluster is there.
  const replay = { run: 'sums-aaaaa', task: '1', cpus: 1, gpus: 0, resources: {}, stop: false };
  const request: RunRequest = { script, target: { kind: 'address', address }, replay };
  const { id } = await engine.handlers['runs.start'](request, client);
  const run = () => engine.handlers['runs.get']({ id }, client);
  await expect.poll(async () => (await run()).state.kind, { timeout: 20_000 }).toBe('failed');
  expect(await run()).toMatchObject({ state: { failure: { code: 'replay-impossible' } }, clusterId: null });
  expect(await engine.handlers['clusters.list'](null, client)).toMatchObject([{ activeRuns: [] }]);
});
