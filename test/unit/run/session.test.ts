/** How a run ends when things go wrong at its end: on a cluster's real files, beside a dashboard. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../../simulator/base/context';
import { clusterFiles, createClusterFiles } from '../../../simulator/cluster/clusterFiles';
import { ProcessBackend } from '../../../simulator/cluster/processBackend';
import type { RunInfo } from '../../../simulator/model/run';
import { LocalPlace } from '../../../simulator/run/localPlace';
import type { Launch } from '../../../simulator/run/place';
import { RunRecords } from '../../../simulator/run/record';
import { Runs } from '../../../simulator/run/runs';
import { Slots } from '../../../simulator/run/slots';
import { dockerPlanOf } from '../../dockerPlan';

let dir: string;
let server: Server;
let runs: Runs;
let shared: string;
/** Whether a job's script ends as soon as it is submitted. */
let isQuick = true;

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'hs-session-'));
  const files = clusterFiles(path.join(dir, 'clusters'), 'abcdef');
  createClusterFiles(files, 'simulator/probe');
  shared = files.shared;
  isQuick = true;
  server = createServer(({ method }, response) => {
    if (method === 'POST')
      for (const slot of readdirSync(files.slots))
        for (const name of isQuick ? ['started', 'exit'] : ['started'])
          writeFileSync(path.join(files.slots, slot, name), '0');
    response.end(JSON.stringify({ status: isQuick ? 'SUCCEEDED' : 'RUNNING', job_id: '01000000' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: null };
  const backend = new ProcessBackend(path.join(dir, 'clusters'));
  const plan = dockerPlanOf([{ count: 1, cpus: 1 }], [], { backend: 'process', python: '/usr/bin/python3' });
  const { slots: slotsDir } = files;
  const slots = new Slots({ slotsDir, launcher: 'launcher.py', python: 'python' }, () =>
    Promise.resolve(endpoint),
  );
  const place = new LocalPlace({ plan, files, backend, endpoint }, slots);
  runs = new Runs(
    path.join(dir, 'runs'),
    {
      prepare: (_ctx, { info }) => {
        const { id: run, script, args, workingDir } = info;
        const none = { env: {}, debug: false, keepArguments: [], replay: null, dependencies: [] };
        const launch: Launch = { run, script, args, workingDir, ...none };
        return Promise.resolve({ place, launch });
      },
      endpoint: () => Promise.resolve(endpoint),
    },
    silentLog,
  );
});

afterEach(async () => {
  rmSync(dir, { recursive: true, force: true });
  await new Promise((resolve) => server.close(resolve));
});

const start = (): RunInfo =>
  runs.start({ script: path.join(dir, 'sums.py'), target: { kind: 'local', backend: 'auto' } });

it('a run that has ended well stays so when what it left cannot be kept, and says it', async () => {
  const { id } = start();
  const states: string[] = [];
  runs.onEnded(({ state }) => states.push(state.kind));
  const runDir = path.join(dir, 'runs', id);
  // Its arguments have nowhere to go.
  writeFileSync(path.join(runDir, 'arguments'), 'no folder');
  mkdirSync(path.join(shared, 'arguments', id), { recursive: true });
  await expect.poll(() => states.length, { timeout: 20_000 }).toBeGreaterThan(0);
  await runs.kept(id);
  const info = runs.get(id);
  expect(info.state).toEqual({ kind: 'succeeded' });
  expect(new Set(states)).toEqual(new Set(['succeeded']));
  expect(info.exitCode).toBe(0);
  expect(info.notices).toEqual([expect.stringMatching(/^Some of what this run left is not kept: EEXIST/)]);
  expect(existsSync(path.join(runDir, 'trace.heliostat'))).toBe(true);
  const onRecord: RunInfo = new RunRecords(path.join(dir, 'runs')).readAll()[0]!.info;
  expect(onRecord).toMatchObject({ state: { kind: 'succeeded' }, notices: info.notices });
});

it('a run whose head is gone has lost its cluster', async () => {
  isQuick = false;
  const { id } = start();
  await expect.poll(() => runs.get(id).state.kind, { timeout: 20_000 }).toBe('running');
  // No process of this cluster lives; so far something answered in its head's place.
  server.close();
  server.closeAllConnections();
  await expect.poll(() => runs.get(id).state.kind, { timeout: 40_000 }).toBe('failed');
  expect(runs.get(id).state).toMatchObject({ failure: { code: 'cluster-lost', id: 'abcdef' } });
});
