import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectDocker, whyUnavailable } from '../../../simulator/cluster/dockerEngine';
import { FailureError, type Failure } from '../../../simulator/model/failure';

/** What an engine answers, as recorded from Docker 20.10 and Podman 4.3 and cut to what is read. */
const DOCKER = {
  info: {
    ServerVersion: '20.10.24+dfsg1',
    OperatingSystem: 'Debian GNU/Linux 12 (bookworm)',
    CgroupVersion: '1',
    Runtimes: { runc: {}, nvidia: {} },
    NCPU: 2,
    MemTotal: 25272926208,
    SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'],
  },
  version: { Components: [{ Name: 'Engine' }, { Name: 'containerd' }] },
};

describe('connectDocker', () => {
  let folder: string;
  let server: Server | null = null;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'engine-'));
  });
  afterEach(() => {
    server?.close();
    server = null;
    rmSync(folder, { recursive: true, force: true });
  });

  const socketFile = () => path.join(folder, 'd.sock');
  const failure = async (env: NodeJS.ProcessEnv): Promise<Failure> => {
    const thrown: unknown = await connectDocker(env).catch((error: unknown) => error);
    if (thrown instanceof FailureError) return thrown.failure;
    throw new Error(`Expected a failure, not ${String(thrown)}`);
  };

  async function listen(answers: { info: object; version: object }, status = 200): Promise<void> {
    server = createServer((request, response) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(request.url?.startsWith('/info') ? answers.info : answers.version));
    });
    await new Promise<void>((resolve) => server?.listen(socketFile(), resolve));
  }

  it('reads what the engine says of itself', async () => {
    await listen(DOCKER);
    const { facts, address } = await connectDocker({ DOCKER_HOST: `unix://${socketFile()}` });
    expect(address.source).toBe('DOCKER_HOST');
    expect(facts).toEqual({
      cdiFolders: [],
      limitsCpus: true,
      limitsMemory: true,
      product: 'Docker',
      version: '20.10.24+dfsg1',
      system: 'Debian GNU/Linux 12 (bookworm)',
      cgroupVersion: '1',
      runtimes: ['runc', 'nvidia'],
      cpus: 2,
      memoryBytes: 25272926208,
      rootless: true,
      desktop: false,
      userNamespaces: false,
      selinux: false,
    });
  });

  it('tells Podman from Docker', async () => {
    await listen({ ...DOCKER, version: { Components: [{ Name: 'Podman Engine' }] } });
    const { facts } = await connectDocker({ DOCKER_HOST: `unix://${socketFile()}` });
    expect(facts.product).toBe('Podman');
  });

  it('says that Docker is not installed, or installed and not running', async () => {
    const env = { DOCKER_HOST: `unix://${socketFile()}`, PATH: folder };
    expect(await failure(env)).toEqual({
      code: 'docker-unavailable',
      socket: env.DOCKER_HOST,
      reason: 'Docker is not installed here (DOCKER_HOST).',
    });
    writeFileSync(path.join(folder, 'docker'), '');
    expect(await failure(env)).toMatchObject({
      reason: expect.stringContaining('installed but not running') as string,
    });
  });

  it('passes on what an engine answers that will not serve', async () => {
    await listen({ info: { message: 'daemon is shutting down' }, version: {} }, 503);
    expect(await failure({ DOCKER_HOST: `unix://${socketFile()}` })).toMatchObject({
      reason: expect.stringContaining('503') as string,
    });
  });

  it.each(['ssh://builder', 'tcp://10.0.0.5:2375'])(
    'refuses an engine on another machine: %s',
    async (url) => {
      expect(await failure({ DOCKER_HOST: url })).toMatchObject({
        code: 'docker-unavailable',
        socket: url,
        reason: expect.stringContaining('on another machine') as string,
      });
    },
  );

  it('refuses an address that is none', async () => {
    expect(await failure({ DOCKER_HOST: 'unix:' })).toMatchObject({ code: 'docker-unavailable' });
    expect(await failure({ DOCKER_HOST: 'tcp://:99999' })).toMatchObject({ code: 'docker-unavailable' });
  });
});

describe('whyUnavailable', () => {
  const address = { url: 'unix:///var/run/docker.sock', source: 'the default socket' };

  it.each([
    ['EACCES', true, /usermod -aG docker/],
    ['ECONNREFUSED', true, /not running/],
    ['ENOENT', true, /not running/],
    ['ENOENT', false, /not installed/],
  ])('%s, installed %s', (code, installed, words) => {
    expect(whyUnavailable(Object.assign(new Error('x'), { code }), address, installed)).toMatch(words);
  });
});
