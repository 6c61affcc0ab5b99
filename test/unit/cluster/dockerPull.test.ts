/** Images that a registry gives to those who log in, on an HTTP server that answers like Docker's engine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../simulator/base/context';
import { clusterFiles } from '../../../simulator/cluster/clusterFiles';
import { buildImage } from '../../../simulator/cluster/dockerBuild';
import { ensureImage } from '../../../simulator/cluster/dockerImage';
import { toFailure, type Failure } from '../../../simulator/model/failure';

const IMAGE = 'registry.test/team/ray:1';
const DENIED = 'pull access denied: unauthorized';

let dir: string;
let server: Server;
let docker: Docker;
let isHere = false;
let asked: string[] = [];

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'hs-pull-'));
  asked = [];
  server = createServer((request, response) => {
    request.resume();
    const { pathname } = new URL(request.url!, 'http://docker');
    asked.push(`${request.method} ${pathname}`);
    response.setHeader('Content-Type', 'application/json');
    if (pathname === '/build') {
      const said = [{ stream: `Step 1/2 : FROM ${IMAGE} AS base\n` }, { error: DENIED }];
      const text = said.map((one) => `${JSON.stringify(one)}\r\n`).join('');
      request.on('end', () => response.end(text));
    } else if (pathname === '/images/create') {
      response.writeHead(500).end(JSON.stringify({ message: DENIED }));
    } else if (isHere) response.end(JSON.stringify({ Config: { User: '1000', Env: ['A=b'] } }));
    else response.writeHead(404).end(JSON.stringify({ message: 'no such image' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  docker = new Docker({ protocol: 'http', host: '127.0.0.1', port: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  rmSync(dir, { recursive: true, force: true });
  await new Promise((resolve) => server.close(resolve));
});

const ctx = { log: silentLog, signal: new AbortController().signal, step: () => {} };
const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(() => expect.unreachable(), toFailure);

describe('an image that asks for a password', () => {
  it('is said to be there for whom pulls it once', async () => {
    isHere = false;
    const failure = await failureOf(ensureImage(ctx, docker, IMAGE, {}));
    expect(failure).toMatchObject({ code: 'image-not-found', image: IMAGE });
    expect(failure).toHaveProperty('detail', expect.stringContaining(`\`docker pull ${IMAGE}\``));
  });

  it('is used without the registry once it is here', async () => {
    isHere = true;
    expect(await ensureImage(ctx, docker, IMAGE, {})).toEqual({ user: { uid: 1000, gid: 0 }, env: ['A=b'] });
    expect(asked).toEqual([`GET /images/${IMAGE}/json`]);
  });

  it('is named where a Dockerfile begins with it', async () => {
    const files = clusterFiles(dir, 'abcdef');
    mkdirSync(files.logs, { recursive: true });
    const dockerfile = path.join(dir, 'Dockerfile');
    writeFileSync(dockerfile, `FROM ${IMAGE} AS base\nRUN true\n`);
    const failure = await failureOf(buildImage(ctx, docker, { image: 'x:1', dockerfile }, files, {}));
    expect(failure).toMatchObject({ code: 'image-build-failed', step: `Step 1/2 : FROM ${IMAGE} AS base` });
    expect(failure).toHaveProperty('output', expect.stringContaining(`\`docker pull ${IMAGE}\``));
  });
});
