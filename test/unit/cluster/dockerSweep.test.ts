/** Whose containers an engine that starts takes for orphans, on an HTTP server that answers like Docker's. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostId, sweepOrphans } from '../../../simulator/cluster/dockerSweep';

const ID = 'abcdef';
const NOBODY = 65534;
let dir: string;
let owner: string;
let server: Server;
let docker: Docker;
let containers: { Id: string; State: string; Labels: Record<string, string>; Ports: [] }[];

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'hs-sweep-'));
  chmodSync(dir, 0o755);
  owner = path.join(dir, 'hs1001');
  containers = [];
  server = createServer(({ method, url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://docker');
    const { label = [] } = JSON.parse(searchParams.get('filters') ?? '{}') as { label?: string[] };
    const has = (labels: Record<string, string>) =>
      label.every((one) =>
        Object.entries(labels).some(([name, value]) => [name, `${name}=${value}`].includes(one)),
      );
    if (method === 'DELETE') containers = containers.filter(({ Id }) => !pathname.endsWith(`/${Id}`));
    response.setHeader('Content-Type', 'application/json');
    const isList = pathname.endsWith('/containers/json');
    response.end(JSON.stringify(isList ? containers.filter(({ Labels }) => has(Labels)) : []));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  docker = new Docker({ protocol: 'http', host: '127.0.0.1', port: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  rmSync(dir, { recursive: true, force: true });
  await new Promise((resolve) => server.close(resolve));
});

/** The ids that the sweep takes, where another user's head is in `state`. */
async function swept(state = 'running'): Promise<string[]> {
  const Labels = { 'heliostat.host': hostId(), 'heliostat.owner': owner, 'heliostat.cluster': ID };
  containers = [{ Id: '1', State: state, Labels, Ports: [] }];
  const ids = await sweepOrphans(docker);
  expect(containers).toHaveLength(ids.length === 0 ? 1 : 0);
  return ids;
}

/** Runs as somebody who may not enter a folder of mode 0700: for root there is no such folder. */
async function asStranger<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid!() === 0;
  if (isRoot) process.seteuid!(NOBODY);
  else chmodSync(owner, 0);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid!(0);
    else chmodSync(owner, 0o700);
  }
}

describe('a cluster of another user', () => {
  it('stays where its folder is there', async () => {
    mkdirSync(path.join(owner, ID), { recursive: true });
    expect(await swept()).toEqual([]);
  });

  it.each(['running', 'exited'])('stays where we may not look into the folder, %s', async (state) => {
    mkdirSync(path.join(owner, ID), { recursive: true });
    chmodSync(owner, 0o700);
    expect(await asStranger(() => swept(state))).toEqual([]);
  });

  it('stays where the folder cannot be read for another reason', async () => {
    writeFileSync(owner, 'no folder');
    expect(await swept()).toEqual([]);
  });

  it('is removed where its folder is gone from its owner’s, running or not', async () => {
    mkdirSync(owner);
    expect(await swept()).toEqual([ID]);
    expect(await swept('exited')).toEqual([ID]);
  });
});

describe('a cluster whose owner’s folder is gone', () => {
  it.each(['running', 'paused', 'restarting'])('is left to its owner while it is %s', async (state) => {
    expect(await swept(state)).toEqual([]);
  });

  it.each(['exited', 'created', 'dead'])('is removed once it is %s', async (state) => {
    expect(await swept(state)).toEqual([ID]);
  });
});
